//! Documents and lines, well-formed and broken, to objects and findings.
