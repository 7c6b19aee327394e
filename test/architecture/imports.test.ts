import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { EFFECT_EXCEPTIONS, LONG_FILES, MODULES, ROOMS } from './import-table.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SRC = join(ROOT, 'src');

interface SourceFile {
  /** Below src, e.g. `decision/decide.ts`. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const roomOf = (path: string): string => path.split('/')[0] as string;

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('generated'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] as string);
    return { path, room: roomOf(path), text, imports };
  });

/** Source without comments and strings, where words like "any" are just words. */
const code = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''");

const EFFECTS =
  /\bDate\.now|\bnew Date\(\)|\bperformance\.now|\bsetTimeout\(|\bsetInterval\(|\bMath\.random|\brandomUUID|\brandomBytes|\bprocess\.(?:exit|env|argv|cwd|hrtime)|\bconsole\./;
const LOST_TYPES = /:\s*any\b|<any\b|\bany\[\]|\bas any\b|\benum\s+\w+\s*\{|\bexport default\b|@ts-ignore|@ts-nocheck/;

const linesOf = (text: string): number => text.trimEnd().split('\n').length;

/** Whether `path` may import `target`, both below src and without an ending. */
function allowsArrow(path: string, target: string): boolean {
  const room = roomOf(path);
  const to = roomOf(target);
  const rule = ROOMS.find((one) => one.room === room);
  if (!rule) return false;
  if (to === room || to === 'base' || rule.mayImport.includes('*')) return true;
  const ports = rule.only?.[to];
  return rule.mayImport.includes(to) && (ports === undefined || ports.includes(target));
}

/** Whether `path` may import `name`, a package or a built-in module. */
function allowsModule(path: string, name: string): boolean {
  const module = name.startsWith('node:') ? name : packageOf(name);
  return (MODULES[module] ?? []).some((place) => path === `${place}.ts` || path.startsWith(`${place}/`));
}

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** The file below src that a relative import of `path` names, without its ending. */
const resolveImport = (path: string, name: string): string =>
  relative(SRC, resolve(dirname(join(SRC, path)), name)).replace(/\.js$/, '');

const pathsWith = (pattern: RegExp): string[] =>
  files.filter(({ text }) => pattern.test(code(text))).map(({ path }) => path);

describe('architecture', () => {
  it('has the rooms of the table, each with an inhabitant', () => {
    expect([...new Set(files.map(({ room }) => room))].sort()).to.deep.equal(ROOMS.map(({ room }) => room).sort());
  });

  it('has no arrow between rooms that the table does not have', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((name) => name.startsWith('.'))
        .map((name) => resolveImport(path, name))
        .filter((target) => !allowsArrow(path, target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('has no arrow in the table that nobody uses', () => {
    const used = new Set(
      files.flatMap(({ path, room, imports }) =>
        imports.filter((name) => name.startsWith('.')).map((name) => `${room} -> ${roomOf(resolveImport(path, name))}`),
      ),
    );
    const unused = ROOMS.flatMap(({ room, mayImport }) =>
      mayImport.filter((to) => to !== '*' && !used.has(`${room} -> ${to}`)).map((to) => `${room} -> ${to}`),
    );
    expect(unused).to.deep.equal([]);
  });

  it('goes around in no circle', () => {
    const reached = (from: string, seen = new Set<string>()): Set<string> => {
      for (const to of ROOMS.find(({ room }) => room === from)?.mayImport ?? []) {
        if (!seen.has(to)) reached(to, seen.add(to));
      }
      return seen;
    };
    for (const { room } of ROOMS) expect(reached(room), room).not.to.include(room);
  });

  it('tells a forbidden arrow from an allowed one', () => {
    expect(allowsArrow('decision/decide.ts', 'base/result')).to.equal(true);
    expect(allowsArrow('decision/decide.ts', 'signals/queries')).to.equal(false);
    expect(allowsArrow('kisim/simulation.ts', 'scenarios/scenario')).to.equal(false);
    expect(allowsArrow('scaler/handlers.ts', 'policies/policy')).to.equal(true);
    expect(allowsArrow('scaler/handlers.ts', 'policies/planner')).to.equal(false);
    expect(allowsArrow('scaler/handlers.ts', 'signals/prometheus-source')).to.equal(false);
    expect(allowsArrow('attic/box.ts', 'base/result')).to.equal(false);
  });

  it('imports packages and built-in modules only where they belong', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((name) => !name.startsWith('.') && !allowsModule(path, name))
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
    expect(allowsModule('policies/planner.ts', 'onnxruntime-node')).to.equal(false);
    expect(allowsModule('decision/guards.ts', 'node:fs')).to.equal(false);
    expect(allowsModule('scaler/server.ts', 'left-pad')).to.equal(false);
  });

  it('has a place for every dependency of package.json', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const packages = Object.keys(MODULES).filter((name) => !name.startsWith('node:'));
    expect(Object.keys(dependencies).sort()).to.deep.equal(packages.sort());
  });

  it('has time, chance, console and environment only where they are owned', () => {
    const outside = pathsWith(EFFECTS).filter((path) => roomOf(path) !== 'cli');
    expect(outside).to.deep.equal(Object.keys(EFFECT_EXCEPTIONS));
  });

  it('gives up no types: no any, no enum, no default export', () => {
    expect(pathsWith(LOST_TYPES)).to.deep.equal([]);
    for (const bad of ['const x: any = 1', 'x as any', 'Map<any, 1>', 'enum A {', 'export default 1']) {
      expect(bad).to.match(LOST_TYPES);
    }
  });

  it('has no file above 400 lines, and a reason for each above 300', () => {
    const lengths = files.map(({ path, text }) => ({ path, lines: linesOf(text) }));
    expect(lengths.filter(({ lines }) => lines > 400)).to.deep.equal([]);
    const long = lengths.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines} lines`);
    expect(long.map((line) => line.split(':')[0]).sort(), long.join(', ')).to.deep.equal(
      Object.keys(LONG_FILES).sort(),
    );
  });

  it('is the architecture that ARCHITECTURE.md tells of', () => {
    const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    const rows = ROOMS.map(({ room, holds, mayImport }) => {
      const arrows = mayImport.includes('*') ? 'all' : mayImport.length === 0 ? '-' : mayImport.join(', ');
      return `| \`${room}/\` | ${holds} | ${arrows} |`;
    });
    expect(page.split('\n').filter((line) => /^\| `[a-z]+\/` \|/.test(line))).to.deep.equal(rows);
  });

  it("has no path of anybody's machine in a tracked text", () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
      .split('\0')
      .filter(Boolean);
    const texts = tracked.filter((path) =>
      /\.(ts|js|json|md|ya?ml|sh|html|css|proto|mod|env)$|^(Makefile|Dockerfile|\.ci\/run)$/.test(path),
    );
    const own = texts.filter(
      (path) =>
        !path.startsWith('test/architecture/') &&
        /(^|[^\w.])\/(home|work|root|Users)\/\w/.test(readFileSync(join(ROOT, path), 'utf8')),
    );
    expect(own).to.deep.equal([]);
  });
});
