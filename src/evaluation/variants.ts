import { isLearned, nameWith, parsePolicyName } from '../policies/registry.js';
import { lawAndSetting, type ModelFile, type PlannedPolicy } from './planned-run.js';

/** Beside the policies those that come from a file once more for each of these: `learned@1`, `learned@2`, ... in rows. */
export function withModels(policies: readonly PlannedPolicy[], models: readonly ModelFile[]): readonly PlannedPolicy[] {
  const learned = policies.filter(({ name }) => isLearned(name));
  const copies = models.flatMap((model, i) =>
    learned.map((policy) => {
      const label = lawAndSetting(policy.name);
      return { ...policy, model, label: { ...label, policy: `${label.policy}@${i + 1}` } };
    }),
  );
  return [...policies, ...copies];
}

/** Beside the policies those of these laws once more without our guards, `learned-unguarded` in rows. */
export function withUnguarded(policies: readonly PlannedPolicy[], laws: readonly string[]): readonly PlannedPolicy[] {
  const copies = policies.flatMap((planned) => {
    const parsed = parsePolicyName(planned.name);
    if (!parsed.ok || !laws.includes(parsed.value.name)) return [];
    const { name, settings } = parsed.value;
    const { guards: _, ...others } = settings;
    const { policy } = planned.label ?? lawAndSetting(planned.name);
    const label = { policy: `${policy}-unguarded`, setting: lawAndSetting(nameWith(name, others)).setting };
    return [{ ...planned, name: nameWith(name, { ...others, guards: 'off' }), label }];
  });
  return [...policies, ...copies];
}
