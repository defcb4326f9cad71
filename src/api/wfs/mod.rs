//! `/wfs`: OGC Web Feature Service 2.0, read-only, for GIS that know no OGC API. The questions are the same that `items`
//! asks; only their spelling and the answers' differ.

mod capabilities;
mod exception;
mod features;
mod gml;
mod kvp;
mod position;
mod question;
mod schema;
mod stored;
mod xml;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use exception::WfsError;
use kvp::Kvp;

/// Where it stands.
pub const PATH: &str = "/wfs";

/// The version spoken; 2.0.2 corrects its document.
const VERSION: &str = "2.0.0";
const VERSIONS: [&str; 2] = ["2.0.0", "2.0.2"];
/// Media type of all answers in GML 3.2.
const GML: &str = "application/gml+xml; version=3.2";

pub async fn answer(call: Call) -> Result<Answer, ApiError> {
    let answered = match Kvp::parse(&call.raw_query) {
        Ok(kvp) => operation(&call, &kvp).await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(answer) => Ok(answer),
        Err(WfsError::Failed(cause)) => {
            tracing::error!(path = %call.path, cause = ?cause, "Request failed: {cause}");
            Ok(WfsError::failed().answer())
        }
        Err(error) => Ok(error.answer()),
    }
}

async fn operation(call: &Call, kvp: &Kvp) -> Result<Answer, WfsError> {
    let request = kvp.needed("request")?;
    let service = kvp.needed("service")?;
    if !service.eq_ignore_ascii_case("WFS") {
        return Err(WfsError::invalid("service", format!("`service` must be WFS, not `{service}`")));
    }
    let request = request.to_ascii_lowercase();
    if request != "getcapabilities"
        && let Some(version) = kvp.get("version").filter(|version| !VERSIONS.contains(version))
    {
        let message = format!("`version` must be one of {}, not `{version}`", VERSIONS.join(", "));
        return Err(WfsError::invalid("version", message));
    }
    match request.as_str() {
        "getcapabilities" => capabilities::show(call, kvp).await,
        "describefeaturetype" => schema::show(call, kvp).await,
        "getfeature" => features::show(call, kvp).await,
        "liststoredqueries" => stored::list(call).await,
        "describestoredqueries" => stored::describe(call, kvp).await,
        _ => Err(WfsError::unsupported(
            "request",
            "this service offers GetCapabilities, DescribeFeatureType, GetFeature, ListStoredQueries and \
             DescribeStoredQueries"
                .to_owned(),
        )),
    }
}
