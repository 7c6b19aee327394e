import { QPLAN } from '../policies/qplan.js';
import { LAW_NAMES, settingsOf } from '../policies/registry.js';
import { describeAllowed, isChoice, type SettingSpec } from '../policies/settings.js';
import { SHARED_SETTINGS } from '../policies/shared-settings.js';
import { renderTable } from './markdown-table.js';

/** The settings that every law takes, then each law's own, as a Markdown table. */
export function renderLawSettings(): string {
  const own = [QPLAN, ...LAW_NAMES].flatMap((name) =>
    Object.entries(settingsOf(name) ?? {})
      .filter(([, spec]) => !Object.values<SettingSpec>(SHARED_SETTINGS).includes(spec))
      .map((entry) => row(`\`${name}\``, entry)),
  );
  const shared = Object.entries<SettingSpec>(SHARED_SETTINGS).map((entry) => row('all', entry));
  return renderTable(['law', 'setting', 'default', 'allowed', 'meaning'], [...shared, ...own]);
}

function row(law: string, [name, spec]: readonly [string, SettingSpec]): readonly string[] {
  const usual = isChoice(spec) ? 'as the law is run' : `\`${spec.default}\``;
  return [law, `\`${name}\``, usual, describeAllowed(spec), spec.meaning];
}
