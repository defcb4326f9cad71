//! Who plans: municipalities and others.

use super::Footprint;

/// What an organization is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationKind {
    Municipality,
    /// Of municipalities.
    Association,
    County,
    /// A public body that is heard.
    Authority,
    /// One that plans for others.
    Office,
}

impl OrganizationKind {
    pub const ALL: [OrganizationKind; 5] = [
        OrganizationKind::Municipality,
        OrganizationKind::Association,
        OrganizationKind::County,
        OrganizationKind::Authority,
        OrganizationKind::Office,
    ];

    pub fn name(self) -> &'static str {
        match self {
            OrganizationKind::Municipality => "municipality",
            OrganizationKind::Association => "association",
            OrganizationKind::County => "county",
            OrganizationKind::Authority => "authority",
            OrganizationKind::Office => "office",
        }
    }
}

impl std::str::FromStr for OrganizationKind {
    type Err = String;

    fn from_str(text: &str) -> Result<OrganizationKind, String> {
        OrganizationKind::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let names = OrganizationKind::ALL.map(OrganizationKind::name).join(", ");
            format!("`{text}` is no kind of organization: use one of {names}")
        })
    }
}

/// An organization as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Organization {
    /// Name in URLs, tokens and claims.
    pub id: String,
    pub name: String,
    pub kind: OrganizationKind,
    /// Amtlicher Gemeindeschlüssel.
    pub ags: Option<String>,
    /// Id of the one that it belongs to.
    pub parent: Option<String>,
    /// Polygons of closed rings `[east, north]`, exterior first, in the storage CRS [m].
    pub boundary: Option<Footprint>,
}
