import t from 'tap';
import type { LayersRow } from '../../survey/layers/layers-row.ts';
import { layersGoals, layersSection } from '../../survey/page/layers-section.ts';

const usual: LayersRow = { what: 'usual', bytes: [30e6, 50e6, 20e6], seconds: [9, 10, 30] };
const ours: LayersRow = { what: 'ours', bytes: [75e6], seconds: [2, 5, 6] };

t.test('bytes and times are compared', async (t) => {
  t.match(layersGoals(usual, ours), [
    { value: '0.75', isMet: true },
    { value: '0.50', isMet: true },
  ]);
  t.match(layersGoals(ours, usual), [
    { value: '1.33', isMet: false },
    { value: '2.00', isMet: false },
  ]);
});

t.test('the table has both, and what there is of an unfinished run', async (t) => {
  const section = layersSection({ about: [], rows: [usual, ours] });
  t.match(section, '| usual | 30.0 + 50.0 + 20.0 | 100.0 | 10.0 (9.0, 10.0, 30.0) |');
  t.match(section, '| ours | 75.0 | 75.0 | 5.0 (2.0, 5.0, 6.0) |');
  t.match(layersSection({ about: [], rows: [usual] }), '| usual |');
});
