//! The one stored query, which every WFS 2.0 has: a feature by its id.

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::params::shortened;
use super::exception::WfsError;
use super::kvp::Kvp;
use super::schema::{NAMESPACE, PREFIX, published, type_name};

pub const GET_BY_ID: &str = "urn:ogc:def:query:OGC-WFS::GetFeatureById";
/// Its name in WFS 2.0.2, and its name in 2.0.0 as some clients spell it.
const OTHER_NAMES: [&str; 2] = [
    "http://www.opengis.net/def/query/OGC-WFS/0/GetFeatureById",
    "urn:ogc:def:storedQuery:OGC-WFS::GetFeatureById",
];
const TITLE: &str = "A feature by its identifier";

pub fn is_by_id(name: &str) -> bool {
    name == GET_BY_ID || OTHER_NAMES.contains(&name)
}

pub fn unknown(name: &str, locator: &str) -> WfsError {
    let message = format!("no stored query `{}`; there is {GET_BY_ID}", shortened(name));
    WfsError::invalid(locator, message)
}

pub async fn list(call: &Call) -> Result<Answer, WfsError> {
    let types: String = return_types(call).await?.iter().map(|name| tag("ReturnFeatureType", name)).collect();
    let body = format!(
        "<wfs:StoredQuery id=\"{GET_BY_ID}\"><wfs:Title>{TITLE}</wfs:Title>{types}</wfs:StoredQuery>"
    );
    Ok(document("ListStoredQueriesResponse", &body))
}

pub async fn describe(call: &Call, kvp: &Kvp) -> Result<Answer, WfsError> {
    let asked = kvp.get("storedquery_id").or_else(|| kvp.get("storedqueryid"));
    if let Some(name) =
        asked.into_iter().flat_map(|names| names.split(',')).find(|name| !is_by_id(name.trim()))
    {
        return Err(unknown(name, "storedQuery_id"));
    }
    let types = return_types(call).await?.join(" ");
    let body = format!(
        "<wfs:StoredQueryDescription id=\"{GET_BY_ID}\"><wfs:Title>{TITLE}</wfs:Title>\
         <wfs:Parameter name=\"id\" type=\"xsd:string\"/>\
         <wfs:QueryExpressionText returnFeatureTypes=\"{types}\" \
         language=\"urn:ogc:def:queryLanguage:OGC-WFS::WFSQueryExpression\" isPrivate=\"true\"/>\
         </wfs:StoredQueryDescription>"
    );
    Ok(document("DescribeStoredQueriesResponse", &body))
}

async fn return_types(call: &Call) -> Result<Vec<String>, WfsError> {
    let name = |collection: &_| format!("{PREFIX}:{}", type_name(collection));
    Ok(published(call).await?.iter().map(name).collect())
}

fn tag(name: &str, text: &str) -> String {
    format!("<wfs:{name}>{text}</wfs:{name}>")
}

fn document(name: &str, body: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wfs:{name} xmlns:wfs=\"http://www.opengis.net/wfs/2.0\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:{PREFIX}=\"{NAMESPACE}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.opengis.net/wfs/2.0 http://schemas.opengis.net/wfs/2.0/wfs.xsd\">{body}</wfs:{name}>\n"
    );
    Answer::file("application/xml", text)
}
