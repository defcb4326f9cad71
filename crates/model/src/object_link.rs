//! A link of an object to another one.

/// As the file has it; what it leads to may be anywhere, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectLink {
    /// gml:id of the part or surface that has the link; `None`: the top-level object itself.
    pub part: Option<String>,
    /// Property that holds it: `relatedTo`, `groupMember`, `generalizesTo`, ….
    pub relation: String,
    /// `role` or `relationType`.
    pub role: Option<String>,
    /// As in the file; `#a` as `a`.
    pub href: String,
    /// The gml:id pointed at; `None` where the link leads out of what can be imported.
    pub target: Option<String>,
}
