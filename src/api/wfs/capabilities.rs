//! GetCapabilities: what this service offers.

use std::fmt::Write;

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::params::{MAX_LIMIT, shortened};
use super::exception::WfsError;
use super::features::{FORMATS, USUAL_COUNT};
use super::kvp::Kvp;
use super::position::{other_codes, urn};
use super::schema::{NAMESPACE, PREFIX, published, type_name};
use super::xml::escaped;
use super::{GML, VERSION, VERSIONS};
use stadtwin_model::{Collection, Crs};

/// Operations with their parameters and the values that these take.
const OPERATIONS: [&str; 5] =
    ["GetCapabilities", "DescribeFeatureType", "GetFeature", "ListStoredQueries", "DescribeStoredQueries"];
/// Conformance classes of WFS 2.0, table 1 and 13.
const CONSTRAINTS: [(&str, bool); 13] = [
    ("ImplementsSimpleWFS", true),
    ("ImplementsBasicWFS", false),
    ("ImplementsTransactionalWFS", false),
    ("ImplementsLockingWFS", false),
    ("KVPEncoding", true),
    ("XMLEncoding", false),
    ("SOAPEncoding", false),
    ("ImplementsInheritance", false),
    ("ImplementsRemoteResolve", false),
    ("ImplementsResultPaging", true),
    ("ImplementsStandardJoins", false),
    ("ImplementsSpatialJoins", false),
    ("ManageStoredQueries", false),
];
const FILTER_CONSTRAINTS: [(&str, bool); 11] = [
    ("ImplementsQuery", true),
    ("ImplementsAdHocQuery", false),
    ("ImplementsFunctions", false),
    ("ImplementsResourceId", true),
    ("ImplementsMinStandardFilter", false),
    ("ImplementsStandardFilter", false),
    ("ImplementsMinSpatialFilter", true),
    ("ImplementsSpatialFilter", false),
    ("ImplementsMinTemporalFilter", false),
    ("ImplementsTemporalFilter", false),
    ("ImplementsVersionNav", false),
];

pub async fn show(call: &Call, kvp: &Kvp) -> Result<Answer, WfsError> {
    let accepted = kvp.get("acceptversions").or_else(|| kvp.get("version"));
    if let Some(versions) = accepted.filter(|_| kvp.get("acceptversions").is_some()) {
        let knows = versions.split(',').any(|version| VERSIONS.contains(&version.trim()));
        if !knows {
            let message =
                format!("none of the versions `{}` is spoken here, but {VERSION}", shortened(versions));
            return Err(WfsError::no_version(message));
        }
    }
    let collections = published(call).await?;
    let storage = call.state.store.storage_crs().await?;
    Ok(Answer::file("application/xml", document(call, &collections, storage.as_ref())))
}

fn document(call: &Call, collections: &[Collection], storage: Option<&Crs>) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wfs:WFS_Capabilities version=\"{VERSION}\" \
         xmlns:wfs=\"http://www.opengis.net/wfs/2.0\" xmlns:ows=\"http://www.opengis.net/ows/1.1\" \
         xmlns:fes=\"http://www.opengis.net/fes/2.0\" xmlns:gml=\"http://www.opengis.net/gml/3.2\" \
         xmlns:xlink=\"http://www.w3.org/1999/xlink\" xmlns:{PREFIX}=\"{NAMESPACE}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.opengis.net/wfs/2.0 http://schemas.opengis.net/wfs/2.0/wfs.xsd\">\n"
    );
    let title = escaped(&call.state.title);
    let rights = call.state.attribution.as_deref().map_or_else(|| "NONE".to_owned(), escaped);
    let site = call.state.imprint_url.clone().unwrap_or_else(|| call.base.to("/"));
    // Writing into a string does not fail.
    let _ = write!(
        out,
        "<ows:ServiceIdentification><ows:Title>{title}</ows:Title>\
         <ows:ServiceType>WFS</ows:ServiceType>{}<ows:Fees>NONE</ows:Fees>\
         <ows:AccessConstraints>{rights}</ows:AccessConstraints></ows:ServiceIdentification>\n\
         <ows:ServiceProvider><ows:ProviderName>{title}</ows:ProviderName><ows:ProviderSite xlink:href=\"{}\"/>\
         <ows:ServiceContact/></ows:ServiceProvider>\n",
        VERSIONS
            .map(|version| format!("<ows:ServiceTypeVersion>{version}</ows:ServiceTypeVersion>"))
            .concat(),
        escaped(&site)
    );
    operations(&mut out, &escaped(&call.base.to("/wfs")));
    out.push_str("<wfs:FeatureTypeList>\n");
    collections.iter().for_each(|collection| feature_type(&mut out, call, collection, storage));
    out.push_str("</wfs:FeatureTypeList>\n");
    filters(&mut out);
    out.push_str("</wfs:WFS_Capabilities>\n");
    out
}

fn values(values: &[&str]) -> String {
    let values: String =
        values.iter().map(|value| format!("<ows:Value>{}</ows:Value>", escaped(value))).collect();
    format!("<ows:AllowedValues>{values}</ows:AllowedValues>")
}

fn parameter(name: &str, allowed: &[&str]) -> String {
    format!("<ows:Parameter name=\"{name}\">{}</ows:Parameter>", values(allowed))
}

fn constraint(prefix: &str, (name, holds): (&str, bool)) -> String {
    let holds = if holds { "TRUE" } else { "FALSE" };
    format!(
        "<{prefix}:Constraint name=\"{name}\"><ows:NoValues/><ows:DefaultValue>{holds}</ows:DefaultValue></{prefix}:Constraint>\n"
    )
}

fn operations(out: &mut String, url: &str) {
    out.push_str("<ows:OperationsMetadata>\n");
    for operation in OPERATIONS {
        let parameters = match operation {
            "GetCapabilities" => parameter("AcceptVersions", &VERSIONS),
            "DescribeFeatureType" => parameter("outputFormat", &[GML]),
            "GetFeature" => {
                let formats = FORMATS.map(|(name, _)| name);
                parameter("resultType", &["results", "hits"]) + &parameter("outputFormat", &formats)
            }
            _ => String::new(),
        };
        let _ = writeln!(
            out,
            "<ows:Operation name=\"{operation}\"><ows:DCP><ows:HTTP><ows:Get xlink:href=\"{url}?\"/></ows:HTTP></ows:DCP>\
             {parameters}</ows:Operation>"
        );
    }
    out.push_str(&parameter("version", &VERSIONS));
    out.push('\n');
    CONSTRAINTS.iter().for_each(|held| out.push_str(&constraint("ows", *held)));
    for (name, value) in
        [("CountDefault", USUAL_COUNT), ("PagingIsTransactionSafe", 0), ("CountMaximum", MAX_LIMIT)]
    {
        let value = if name.starts_with("Paging") { "FALSE".to_owned() } else { value.to_string() };
        let _ = writeln!(
            out,
            "<ows:Constraint name=\"{name}\"><ows:NoValues/><ows:DefaultValue>{value}</ows:DefaultValue></ows:Constraint>"
        );
    }
    let _ = writeln!(
        out,
        "<ows:Constraint name=\"QueryExpressions\">{}</ows:Constraint>\n</ows:OperationsMetadata>",
        values(&["wfs:StoredQuery", "wfs:Query"])
    );
}

fn feature_type(out: &mut String, call: &Call, collection: &Collection, storage: Option<&Crs>) {
    let other: String = other_codes(storage)
        .iter()
        .map(|code| format!("<wfs:OtherCRS>{}</wfs:OtherCRS>", urn(*code)))
        .collect();
    let description = match collection.description.as_str() {
        "" => String::new(),
        text => format!("<wfs:Abstract>{}</wfs:Abstract>", escaped(text)),
    };
    let extent = match collection.extent {
        Some([west, south, east, north]) => format!(
            "<ows:WGS84BoundingBox><ows:LowerCorner>{west} {south}</ows:LowerCorner>\
             <ows:UpperCorner>{east} {north}</ows:UpperCorner></ows:WGS84BoundingBox>"
        ),
        None => String::new(),
    };
    let formats: String =
        FORMATS.iter().map(|(name, _)| format!("<wfs:Format>{}</wfs:Format>", escaped(name))).collect();
    let about = call.base.to(&format!("/collections/{}", collection.id));
    let _ = writeln!(
        out,
        "<wfs:FeatureType><wfs:Name>{PREFIX}:{}</wfs:Name><wfs:Title>{}</wfs:Title>{description}\
         <wfs:DefaultCRS>{}</wfs:DefaultCRS>{other}<wfs:OutputFormats>{formats}</wfs:OutputFormats>{extent}\
         <wfs:MetadataURL xlink:href=\"{}\"/></wfs:FeatureType>",
        type_name(collection),
        escaped(&collection.title),
        urn(storage.map_or(4326, |crs| crs.horizontal)),
        escaped(&about)
    );
}

fn filters(out: &mut String) {
    out.push_str("<fes:Filter_Capabilities>\n<fes:Conformance>\n");
    FILTER_CONSTRAINTS.iter().for_each(|held| out.push_str(&constraint("fes", *held)));
    out.push_str(
        "</fes:Conformance>\n<fes:Id_Capabilities><fes:ResourceIdentifier name=\"fes:ResourceId\"/></fes:Id_Capabilities>\n\
         <fes:Spatial_Capabilities><fes:GeometryOperands><fes:GeometryOperand name=\"gml:Envelope\"/></fes:GeometryOperands>\
         <fes:SpatialOperators><fes:SpatialOperator name=\"BBOX\"/></fes:SpatialOperators></fes:Spatial_Capabilities>\n\
         </fes:Filter_Capabilities>\n",
    );
}
