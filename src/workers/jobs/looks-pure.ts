import { eachMember } from './sdist-members.ts';

/** Source of languages that are compiled, and what their build systems read. */
const COMPILED = /\.(?:c|cc|cpp|cxx|h|hh|hpp|hxx|m|mm|pyx|pxd|rs|f|f\d\d|for|s|asm|cu|go|zig|nim|d)$/i;
const BUILD_FILES = /(?:^|\/)(?:CMakeLists\.txt|meson\.build|Cargo\.toml|configure|Makefile\.am)$/;

/**
 * Whether an sdist has nothing that could be compiled. A guess: it only decides whether builds of it for several targets wait
 * for each other, never what their wheels are.
 */
export async function looksPure(path: string): Promise<boolean> {
  let pure = true;
  const whole = await eachMember(path, ({ name }) => {
    if (COMPILED.test(name) || BUILD_FILES.test(name)) pure = false;
  });
  return whole && pure;
}
