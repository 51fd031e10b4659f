/** A value whose type only its parser can make: `Brand<string, 'Sha256'>` is a string nobody writes by hand. */
export type Brand<T, B extends string> = T & { readonly __brand: B };
