import t from 'tap';
import { dashboardPage } from '../../src/cli/dashboard-page.ts';

t.test('the page that a person reads of what the API names', async (t) => {
  const rows: [url: string, page: string][] = [
    ['http://mill:8417/api/v1/prebuilds/0123', 'http://mill:8417/dashboard/prebuilds/0123'],
    ['https://mill/under/api/v1/builds/ab12', 'https://mill/under/dashboard/builds/ab12'],
    ['http://mill/api/v1/builds/ab12/log', 'http://mill/dashboard/builds/ab12'],
    ['http://mill/api/v1/prebuilds/0123/requirements.txt', 'http://mill/api/v1/prebuilds/0123/requirements.txt'],
  ];
  for (const [url, page] of rows) t.equal(dashboardPage(url), page);
});
