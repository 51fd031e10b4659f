import Type from 'typebox';

const value = Type.String({ maxLength: 1024 });

/**
 * What the variables of markers stand for on a target: the eleven of the dependency specifiers spec, without `extra`,
 * which belongs to the requirement that asks.
 */
export const MarkerEnvironmentSchema = Type.Object(
  {
    os_name: value,
    sys_platform: value,
    platform_machine: value,
    platform_python_implementation: value,
    platform_release: value,
    platform_system: value,
    platform_version: value,
    python_version: value,
    python_full_version: value,
    implementation_name: value,
    implementation_version: value,
  },
  { additionalProperties: false },
);

export type MarkerEnvironment = Type.Static<typeof MarkerEnvironmentSchema>;
