import t from 'tap';
import { type TargetSetting, targetName, targets } from '../src/target-grammar.ts';

const good: [setting: string, expected: TargetSetting[]][] = [
  [
    'a:1=a:1-slim, host:5000/b@sha256:00=b',
    [
      { name: 'a-1', build: 'a:1', runtime: 'a:1-slim' },
      { name: 'host-5000-b-sha256-00', build: 'host:5000/b@sha256:00', runtime: 'b' },
    ],
  ],
  ['latest', [{ name: 'python-latest', build: 'python:latest', runtime: 'python:slim' }]],
  [
    '3.10,3.12-bookworm,3.13.5,3.14-rc,3',
    [
      { name: 'python-3.10', build: 'python:3.10', runtime: 'python:3.10-slim' },
      { name: 'python-3.12-bookworm', build: 'python:3.12-bookworm', runtime: 'python:3.12-slim-bookworm' },
      { name: 'python-3.13.5', build: 'python:3.13.5', runtime: 'python:3.13.5-slim' },
      { name: 'python-3.14-rc', build: 'python:3.14-rc', runtime: 'python:3.14-rc-slim' },
      { name: 'python-3', build: 'python:3', runtime: 'python:3-slim' },
    ],
  ],
  ['python:3.12', [{ name: 'python-3.12', build: 'python:3.12', runtime: 'python:3.12-slim' }]],
  [
    'registry.example.com:5000/mirror/python:3.12',
    [
      {
        name: 'registry.example.com-5000-mirror-python-3.12',
        build: 'registry.example.com:5000/mirror/python:3.12',
        runtime: 'registry.example.com:5000/mirror/python:3.12-slim',
      },
    ],
  ],
  [
    'python:3.13=python:3.13-slim,python:3.13=python:3.13-slim@linux/amd64,3.13@linux/arm64',
    [
      { name: 'python-3.13', build: 'python:3.13', runtime: 'python:3.13-slim' },
      { name: 'python-3.13-amd64', build: 'python:3.13', runtime: 'python:3.13-slim', platform: 'linux/amd64' },
      { name: 'python-3.13-arm64', build: 'python:3.13', runtime: 'python:3.13-slim', platform: 'linux/arm64' },
    ],
  ],
  [
    '3.13@linux/arm/v7',
    [{ name: 'python-3.13-arm-v7', build: 'python:3.13', runtime: 'python:3.13-slim', platform: 'linux/arm/v7' }],
  ],
  [
    'web@python:3.13=web-base:7,batch@3.12@linux/arm64',
    [
      { name: 'web', build: 'python:3.13', runtime: 'web-base:7' },
      { name: 'batch', build: 'python:3.12', runtime: 'python:3.12-slim', platform: 'linux/arm64' },
    ],
  ],
  [
    'web@python@sha256:0f=python:slim@sha256:1e@linux/arm64',
    [{ name: 'web', build: 'python@sha256:0f', runtime: 'python:slim@sha256:1e', platform: 'linux/arm64' }],
  ],
];

for (const [setting, expected] of good) t.same(targets(setting), expected, setting);

const bad: [setting: string, fault: RegExp][] = [
  [' , ', /^names no target$/],
  ['a=b=c', /^has "a=b=c"; write build=runtime/],
  ['a:1', /^has "a:1"; write build=runtime, such as/],
  ['a=$(reboot)', /^has /],
  ['3.12-slim', /write build=runtime/],
  ['3.12-alpine', /write build=runtime/],
  ['3.13@arm64', /arm64 is no platform: write one like linux\/amd64 or linux\/arm64/],
  ['3.13@linux/aarch64', /linux\/aarch64 is no platform/],
  ['3.13@windows/amd64', /windows\/amd64 is no platform/],
  ['all@3.13', /all cannot be a target's name/],
  ['Web_1@3.13', /Web_1 cannot be a target's name/],
  ['a:1=b,a-1=c', /^has two targets called a-1; give one another name/],
  ['x,y=z=,3.13@amd64', /^has "x"; .*; it has "y=z="; .*; it has "3.13@amd64"/],
];

for (const [setting, fault] of bad) t.throws(() => targets(setting), { message: fault }, setting);

t.test('target names fit into URLs, lanes and file names', async (t) => {
  for (const [image, name] of [
    ['python:latest', 'python-latest'],
    ['wheelmill-standin/python:3.13', 'wheelmill-standin-python-3.13'],
    ['host.example.com:5000/Team_A/py', 'host.example.com-5000-team-a-py'],
  ] as const)
    t.equal(targetName(image), name);
});
