//! The writes of features, as the router and the API definition have them.

use crate::api::routes::Needs;
use crate::api::writes::{Handler, Write};

/// Below `http://www.opengis.net/spec/`. The draft names the last class by two addresses.
pub static CLASSES: &[&str] = &[
    "ogcapi-features-4/1.0/conf/create-replace-delete",
    "ogcapi-features-4/1.0/conf/update",
    "ogcapi-features-4/1.0/conf/features",
    "ogcapi-features-4/1.0/conf/optimistic-locking-etags",
    "ogcapi-features-4/1.0/req/optimistic-locking-etags",
];

const ITEMS: &str = "/collections/{collectionId}/items";
const ITEM: &str = "/collections/{collectionId}/items/{featureId}";

pub static WRITES: &[Write] = &[
    Write {
        path: ITEMS,
        method: "POST",
        operation_id: "createFeatures",
        summary: "Make features, or do a batch of edits, in one revision",
        takes: &[
            ("application/geo+json", "editedFeature"),
            ("application/fg+json", "editedFeature"),
            ("application/json", "editBatch"),
            ("application/city+json", "cityJson"),
            ("application/city+json-seq", "lines"),
            ("application/gml+xml", "markup"),
        ],
        success: 201,
        schema: "editReport",
        failures: &[400, 404, 406, 409, 410, 412, 413, 415, 422, 428, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(super::create(call, caller, body))),
    },
    Write {
        path: ITEM,
        method: "PUT",
        operation_id: "replaceFeature",
        summary: "Put another state in the place of a feature, or make it under this id",
        takes: &[
            ("application/geo+json", "editedFeature"),
            ("application/fg+json", "editedFeature"),
            ("application/city+json", "cityJson"),
            ("application/city+json-seq", "lines"),
            ("application/gml+xml", "markup"),
        ],
        success: 200,
        schema: "editReport",
        failures: &[400, 404, 406, 409, 412, 413, 415, 422, 428, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(super::replace(call, caller, body))),
    },
    Write {
        path: ITEM,
        method: "PATCH",
        operation_id: "updateFeature",
        summary: "Change attributes or the outline of a feature (JSON Merge Patch)",
        takes: &[("application/merge-patch+json", "featurePatch")],
        success: 200,
        schema: "editReport",
        failures: &[400, 404, 406, 409, 410, 412, 413, 415, 422, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(super::update(call, caller, body))),
    },
    Write {
        path: ITEM,
        method: "DELETE",
        operation_id: "deleteFeature",
        summary: "End a feature; earlier revisions keep it",
        takes: &[],
        success: 204,
        schema: "",
        failures: &[400, 404, 406, 409, 410, 412, 413, 422, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(super::remove(call, caller, body))),
    },
];
