//! The viewer and the files that pages need.

use super::{Handled, Needs, Route};
use crate::api::call::Call;
use crate::api::negotiate::Media;
use crate::api::{ground, viewer};

pub static ROUTES: &[Route] = &[
    Route {
        path: "/ground.json",
        operation_id: "getGround",
        tag: "3D",
        summary: "A coarse grid of ground heights below the twin",
        parameters: &[],
        open_query: true,
        produces: &[Media::Json],
        schema: "groundGrid",
        failures: &[404, 500],
        classes: &[],
        needs: Needs::Nothing,
        handler: |call| Box::pin(ground::show(call)),
    },
    Route {
        path: "/viewer/config.json",
        operation_id: "getViewerConfig",
        tag: "3D",
        summary: "What the 3D viewer starts with",
        parameters: &[],
        open_query: true,
        produces: &[Media::Json],
        schema: "viewerConfig",
        failures: &[500],
        classes: &[],
        needs: Needs::Nothing,
        handler: |call| Box::pin(viewer::config(call)),
    },
    file("/viewer", "getViewerRedirect", |call| Box::pin(viewer::redirect(call))),
    file("/viewer/", "getViewer", |call| Box::pin(viewer::file(call))),
    file("/viewer/{*file}", "getViewerFile", |call| Box::pin(viewer::file(call))),
    file("/assets/{*file}", "getAsset", |call| Box::pin(viewer::asset(call))),
    file("/favicon.ico", "getIcon", |call| Box::pin(viewer::icon(call))),
];

/// A route that serves files: not part of the API definition.
const fn file(path: &'static str, operation_id: &'static str, handler: fn(Call) -> Handled) -> Route {
    Route {
        path,
        operation_id,
        tag: "",
        summary: "",
        parameters: &[],
        open_query: true,
        produces: &[],
        schema: "",
        failures: &[],
        classes: &[],
        needs: Needs::Nothing,
        handler,
    }
}
