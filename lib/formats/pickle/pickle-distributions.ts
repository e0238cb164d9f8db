/**
 * SciPy's distributions, which a randomized search keeps: unpickling one runs the text `_parse_arg_template` of its
 * state (scipy/stats/_distn_infrastructure.py, `__setstate__`). This tells the text that SciPy writes from any other.
 */
import { calleeName, isObject, type PickleValue } from "./pickle-values.ts";

const CLASS = /^scipy\.stats\._(?:continuous|discrete)_distns\.[a-z\d_]+_gen$/;
/** What SciPy keeps. Any other key would take the place of one of the object's own methods. */
const KEYS: ReadonlySet<string> = new Set(
  `_stats_has_moments _random_state _ctor_param badvalue name a b xtol moment_type shapes numargs __doc__ moment_tol inc
  vecentropy _support extradoc`.split(/\s+/),
);
const TEMPLATE = "_parse_arg_template";
/** `parse_arg_template` of SciPy with names of parameters filled in, and nothing but such names. */
const TEMPLATE_TEXT =
  /^\ndef _parse_args\(self, ((?:[A-Za-z_]\w*, )*) ?loc=0(, scale=1)?\):\n {4}return \(\1\), loc, (?:scale|1)\n\ndef _parse_args_rvs\(self, \1 ?loc=0\2, size=None\):\n {4}return self\._argcheck_rvs\(\1 ?loc, (?:scale|1), size=size\)\n\ndef _parse_args_stats\(self, \1 ?loc=0\2, moments='mv'\):\n {4}return \(\1\), loc, (?:scale|1), moments\n$/;

export function isDistributionClass(module: string, name: string): boolean {
  return CLASS.test(`${module}.${name}`);
}

/** True for an object that the call of such a class makes. */
export function isDistribution(value: PickleValue | undefined): boolean {
  return CLASS.test(calleeName(value) ?? "");
}

export function isPlainDistribution(state: PickleValue): boolean {
  if (!isObject(state) || state.kind !== "dict") return false;
  for (let at = 0; at + 1 < state.entries.length; at += 2) {
    const [key, value] = [state.entries[at], state.entries[at + 1]];
    if (typeof key !== "string") return false;
    const isText = key === TEMPLATE && typeof value === "string" && TEMPLATE_TEXT.test(value);
    if (!isText && !KEYS.has(key)) return false;
  }
  return true;
}
