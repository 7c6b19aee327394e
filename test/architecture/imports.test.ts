import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { EFFECT_EXCEPTIONS, LONG_FILES, PACKAGES, ROOMS } from './import-table.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SRC = join(ROOT, 'src');

interface SourceFile {
  /** Below src, e.g. `decision/decide.ts`. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: readonly SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('generated'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] as string);
    return { path, room: path.split('/')[0] as string, text, imports };
  });

/** Source without comments and strings, where words like "any" are just words. */
const code = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''");

function offences(pattern: RegExp, isAllowed: (file: SourceFile) => boolean): string[] {
  return files.filter((file) => !isAllowed(file) && pattern.test(code(file.text))).map(({ path }) => path);
}

describe('architecture', () => {
  it('has the rooms of the table, each with an inhabitant', () => {
    expect([...new Set(files.map(({ room }) => room))].sort()).to.deep.equal(ROOMS.map(({ room }) => room).sort());
  });

  it('has no arrow between rooms that the table does not have', () => {
    const wrong = files.flatMap(({ path, room, imports }) => {
      const rule = ROOMS.find((one) => one.room === room);
      return imports
        .filter((name) => name.startsWith('.'))
        .map((name) => relative(SRC, resolve(dirname(join(SRC, path)), name)).replace(/\.js$/, ''))
        .filter((target) => {
          const to = target.split('/')[0] as string;
          if (to === room || to === 'base' || rule?.mayImport.includes('*')) return false;
          if (!rule?.mayImport.includes(to)) return true;
          const ports = rule.only?.[to];
          return ports !== undefined && !ports.includes(target);
        })
        .map((target) => `${path} imports ${target}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('keeps packages with effects in the rooms that own them', () => {
    const wrong = files.flatMap(({ path, room, imports }) =>
      imports
        .map((name) =>
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((name) => PACKAGES[name] !== undefined && !PACKAGES[name].includes(room))
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('has time, chance and the console only where they are owned', () => {
    const effects =
      /\bDate\.now|\bperformance\.now|\bsetTimeout\(|\bsetInterval\(|\bMath\.random|\bprocess\.exit|\bconsole\./;
    expect(
      offences(effects, ({ path, room }) => room === 'cli' || EFFECT_EXCEPTIONS[path] !== undefined),
    ).to.deep.equal([]);
  });

  it('raises to powers by base/power alone, whose bits are the same on every Node version', () => {
    const raises = /\bMath\.pow\b|(?<!\b2 )\*\*|\*\* \D/;
    expect(offences(raises, () => false)).to.deep.equal([]);
  });

  it('gives up no types: no any, no enum, no default export', () => {
    expect(offences(/:\s*any\b|<any>|\bas any\b|\benum\s+\w+\s*\{|export default/, () => false)).to.deep.equal([]);
  });

  it('has no file above 400 lines without a reason', () => {
    const long = files.filter(({ path, text }) => text.split('\n').length > 400 && LONG_FILES[path] === undefined);
    expect(long.map(({ path }) => path)).to.deep.equal([]);
  });

  it('is the architecture that ARCHITECTURE.md tells of', () => {
    const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    for (const { room, holds, mayImport } of ROOMS) {
      const arrows = mayImport.includes('*') ? 'all' : mayImport.length === 0 ? '-' : mayImport.join(', ');
      expect(page).to.include(`| \`${room}/\` | ${holds} | ${arrows} |`);
    }
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
