"""Reads `cargo metadata` from standard input; fails when a crate has no licence of the list below to choose."""
import json
import re
import sys

ALLOWED = {
    "Apache-2.0", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "0BSD", "CC0-1.0", "Unlicense",
    "Unicode-3.0", "Unicode-DFS-2016", "BSL-1.0", "bzip2-1.0.6", "Apache-2.0 WITH LLVM-exception", "CDLA-Permissive-2.0", "MPL-2.0",
}


def acceptable(expression: str) -> bool:
    """SPDX `OR` of `AND`s without deep nesting, as crates write it; `/` is the old `OR`."""
    plain = expression.replace("(", " ").replace(")", " ").replace("/", " OR ")
    return any(
        all(term.strip() in ALLOWED for term in re.split(r"\bAND\b", choice))
        for choice in re.split(r"\bOR\b", plain)
    )


def main() -> int:
    packages = json.load(sys.stdin)["packages"]
    bad = [p for p in packages if not (p.get("license") and acceptable(p["license"]))]
    for package in bad:
        print(f"licence not on the list: {package['name']} {package['version']}: {package.get('license')}")
    print(f"licences: {len(packages) - len(bad)} of {len(packages)} crates in order")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
