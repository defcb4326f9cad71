//! Addresses in the spelling of xAL 2 and 3, and references to other systems.

use super::super::schema::Version;
use super::jobs::Around;
use super::pen::Pen;
use serde_json::{Map, Value};
use stadtwin_model::{Attributes, GeometryKind};

/// Members of an address in the order of xAL, outer ones first.
const FIELDS: [&str; 8] = [
    "text",
    "country",
    "administrativeArea",
    "locality",
    "street",
    "number",
    "dependentLocality",
    "postalCode",
];

impl Pen {
    pub fn addresses(&mut self, around: &Around, all: &Value) {
        let name = around.layout.place("address").and_then(|place| around.layout.property(place));
        let Some(name) = name.map(|property| property.name).or(self
            .planner
            .schema
            .any_property("address")
            .map(|p| p.name))
        else {
            return;
        };
        let items = all.as_array().map_or_else(|| std::slice::from_ref(all), Vec::as_slice);
        for (index, item) in items.iter().enumerate() {
            match item {
                Value::Object(fields) => self.address(around, name, index, fields),
                Value::String(link) => {
                    self.xml.open(name);
                    self.href(link);
                    self.xml.close_empty();
                }
                _ => self.losses().count("addresses that are neither fields nor links"),
            }
        }
        let said = around.qualifiers.get("address").and_then(Value::as_object);
        if said.is_some_and(|said| {
            said.keys().any(|key| !matches!(key.as_str(), "href" | "extension" | "member"))
        }) {
            self.losses().count("what is said of addresses");
        }
    }

    fn address(&mut self, around: &Around, name: &str, index: usize, fields: &Map<String, Value>) {
        self.xml.start(name);
        self.start_gml("core:Address");
        self.xml.start("core:xalAddress");
        if fields.keys().any(|key| !FIELDS.contains(&key.as_str())) {
            self.losses().count("members of addresses that xAL has no place for");
        }
        match self.version() {
            Version::V3 => self.xal_3(fields),
            Version::V1 | Version::V2 => self.xal_2(fields),
        }
        self.xml.end("core:xalAddress");
        let role = format!("address{index}");
        let place = around.plan.object.geometries.iter().find(|geometry| geometry.role == role);
        if let Some(place) = place.filter(|place| place.kind == GeometryKind::MultiPoint) {
            self.xml.start("core:multiPoint");
            self.points(place, "MultiPoint");
            self.xml.end("core:multiPoint");
        }
        self.xml.end("core:Address");
        self.xml.end(name);
    }

    /// `AddressDetails`, as deep as the fields ask for.
    fn xal_2(&mut self, fields: &Map<String, Value>) {
        self.xml.start("xAL:AddressDetails");
        let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
        let in_locality = ["locality", "street", "number", "dependentLocality", "postalCode"];
        if has(&FIELDS[1..]) {
            self.xml.start("xAL:Country");
            self.field("xAL:AddressLine", fields, "text");
            self.field("xAL:CountryName", fields, "country");
            if has(&["administrativeArea"]) {
                self.xml.start("xAL:AdministrativeArea");
                self.field("xAL:AdministrativeAreaName", fields, "administrativeArea");
            }
            if has(&in_locality) {
                self.locality(fields, has(&["street", "number"]));
            }
            if has(&["administrativeArea"]) {
                self.xml.end("xAL:AdministrativeArea");
            }
            self.xml.end("xAL:Country");
        } else {
            self.xml.start("xAL:AddressLines");
            self.field("xAL:AddressLine", fields, "text");
            self.xml.end("xAL:AddressLines");
        }
        self.xml.end("xAL:AddressDetails");
    }

    fn locality(&mut self, fields: &Map<String, Value>, has_street: bool) {
        self.xml.push("<xAL:Locality Type=\"Town\">");
        self.field("xAL:LocalityName", fields, "locality");
        if has_street {
            self.xml.push("<xAL:Thoroughfare Type=\"Street\">");
            self.field("xAL:ThoroughfareNumber", fields, "number");
            self.field("xAL:ThoroughfareName", fields, "street");
            self.xml.end("xAL:Thoroughfare");
        }
        if fields.contains_key("dependentLocality") {
            self.xml.start("xAL:DependentLocality");
            self.field("xAL:DependentLocalityName", fields, "dependentLocality");
            self.xml.end("xAL:DependentLocality");
        }
        if fields.contains_key("postalCode") {
            self.xml.start("xAL:PostalCode");
            self.field("xAL:PostalCodeNumber", fields, "postalCode");
            self.xml.end("xAL:PostalCode");
        }
        self.xml.end("xAL:Locality");
    }

    fn xal_3(&mut self, fields: &Map<String, Value>) {
        let has = |name: &str| fields.contains_key(name);
        self.xml.start("xAL:Address");
        if has("text") {
            self.xml.start("xAL:FreeTextAddress");
            self.field("xAL:AddressLine", fields, "text");
            self.xml.end("xAL:FreeTextAddress");
        }
        for (element, name) in [("xAL:Country", "country"), ("xAL:AdministrativeArea", "administrativeArea")]
        {
            if has(name) {
                self.xml.start(element);
                self.field("xAL:NameElement", fields, name);
                self.xml.end(element);
            }
        }
        if has("locality") || has("dependentLocality") {
            self.xml.start("xAL:Locality");
            self.field("xAL:NameElement", fields, "locality");
            if has("dependentLocality") {
                self.xml.start("xAL:DependentLocality");
                self.field("xAL:DependentLocalityName", fields, "dependentLocality");
                self.xml.end("xAL:DependentLocality");
            }
            self.xml.end("xAL:Locality");
        }
        if has("street") || has("number") {
            self.xml.start("xAL:Thoroughfare");
            self.field("xAL:NameElement", fields, "street");
            self.field("xAL:Number", fields, "number");
            self.xml.end("xAL:Thoroughfare");
        }
        if has("postalCode") {
            self.xml.start("xAL:PostCode");
            self.field("xAL:Identifier", fields, "postalCode");
            self.xml.end("xAL:PostCode");
        }
        self.xml.end("xAL:Address");
    }

    fn field(&mut self, element: &str, fields: &Map<String, Value>, name: &str) {
        if let Some(value) = fields.get(name) {
            self.xml.start(element);
            self.value(value);
            self.xml.end(element);
        }
    }

    pub fn external_references(&mut self, all: &Value) {
        for reference in all.as_array().into_iter().flatten().filter_map(Value::as_object) {
            self.xml.start("core:externalReference");
            match self.version() {
                Version::V3 => self.reference_3(reference),
                Version::V1 | Version::V2 => self.reference_2(reference),
            }
            self.xml.end("core:externalReference");
        }
    }

    fn reference_2(&mut self, reference: &Attributes) {
        self.field("core:informationSystem", reference, "informationSystem");
        self.xml.start("core:externalObject");
        self.field("core:name", reference, "name");
        self.field("core:uri", reference, "uri");
        self.xml.end("core:externalObject");
        if reference.contains_key("relationType") {
            self.losses().count("relations of external references");
        }
    }

    fn reference_3(&mut self, reference: &Attributes) {
        self.xml.start("core:ExternalReference");
        match reference.contains_key("uri") {
            true => self.field("core:targetResource", reference, "uri"),
            false => self.field("core:targetResource", reference, "name"),
        }
        if reference.contains_key("uri") && reference.contains_key("name") {
            self.losses().count("names of external references");
        }
        self.field("core:informationSystem", reference, "informationSystem");
        self.field("core:relationType", reference, "relationType");
        self.xml.end("core:ExternalReference");
    }
}
