//! Schemas of the JSON answers, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

/// By the names that `routes` uses.
pub fn schemas() -> Value {
    let mut schemas = ogc();
    let more = [
        own(),
        super::map_tiles::schemas(),
        super::contact::schemas(),
        super::terrain::schemas(),
        super::terrain::modification_schemas(),
        super::editing::schemas(),
        super::history::schemas(),
    ];
    for more in more {
        if let (Some(all), Value::Object(more)) = (schemas.as_object_mut(), more) {
            all.extend(more);
        }
    }
    schemas
}

fn array_of(schema: Value) -> Value {
    json!({ "type": "array", "items": schema })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Compatible with the schemas of OGC API – Features 1.0.
fn ogc() -> Value {
    let text = json!({ "type": "string" });
    let links = array_of(reference("link"));
    json!({
        "link": {
            "type": "object",
            "required": ["href", "rel"],
            "properties": { "href": text, "rel": text, "type": text, "title": text, "hreflang": text, "length": { "type": "integer" } },
        },
        "landingPage": {
            "type": "object",
            "required": ["links"],
            "properties": { "title": text, "description": text, "links": links, "extent": reference("extent") },
        },
        "confClasses": {
            "type": "object",
            "required": ["conformsTo"],
            "properties": { "conformsTo": array_of(text.clone()), "links": links },
        },
        "collections": {
            "type": "object",
            "required": ["links", "collections"],
            "properties": { "links": links, "collections": array_of(reference("collection")) },
        },
        "collection": collection(),
        "extent": {
            "type": "object",
            "properties": {
                "spatial": {
                    "type": "object",
                    "properties": {
                        "bbox": {
                            "type": "array",
                            "minItems": 1,
                            "items": { "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } },
                        },
                        "crs": text,
                    },
                },
                "temporal": {
                    "type": "object",
                    "properties": {
                        "interval": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "type": "array",
                                "minItems": 2,
                                "maxItems": 2,
                                "items": { "type": "string", "format": "date-time", "nullable": true },
                            },
                        },
                    },
                },
            },
        },
        "featureCollectionGeoJSON": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "features": array_of(reference("featureGeoJSON")),
                "links": links,
                "timeStamp": { "type": "string", "format": "date-time" },
                "numberMatched": { "type": "integer", "minimum": 0 },
                "numberReturned": { "type": "integer", "minimum": 0 },
            },
        },
        "featureGeoJSON": feature(),
        "multiPolygonGeoJSON": multi_polygon(),
        "exception": {
            "type": "object",
            "required": ["code"],
            "properties": {
                "type": text, "title": text, "status": { "type": "integer" }, "detail": text, "code": text, "description": text,
            },
        },
    })
}

fn collection() -> Value {
    let text = json!({ "type": "string" });
    let counts = json!({ "type": "object", "additionalProperties": { "type": "integer" } });
    json!({
        "type": "object",
        "required": ["id", "links"],
        "properties": {
            "id": text, "title": text, "description": text,
            "links": array_of(reference("link")),
            "extent": reference("extent"),
            "itemType": { "type": "string", "default": "feature" },
            "crs": array_of(text.clone()),
            "storageCrs": text,
            "featureCount": { "type": "integer", "minimum": 0 },
            "heightRange": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } },
            "updated": { "type": "string", "format": "date-time" },
            "lods": counts, "classes": counts,
            "clamp": {
                "type": "string",
                "description": "the terrain that tiles set plants, furniture and things of LoD0 or LoD1 on, or off",
            },
            "properties": array_of(json!({
                "type": "object",
                "required": ["name", "type", "count"],
                "properties": {
                    "name": text, "type": text, "count": { "type": "integer" },
                    "title": text, "description": text, "unit": text, "codeSpace": text,
                    "namespace": text, "declaredType": text,
                },
            })),
        },
    })
}

fn feature() -> Value {
    json!({
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": { "type": "string" },
            "geometry": { "nullable": true, "allOf": [reference("multiPolygonGeoJSON")] },
            "properties": {
                "type": "object",
                "nullable": true,
                "properties": {
                    "class": { "type": "string" },
                    "lods": array_of(json!({ "type": "string" })),
                    "children": { "type": "object", "additionalProperties": { "type": "integer" } },
                    "zMin": { "type": "number", "description": "lowest point [m], height system of the storage" },
                    "zMax": { "type": "number", "description": "highest point [m], height system of the storage" },
                    "revision": { "type": "integer", "description": "the revision that brought this state" },
                    "groundDifferenceMin": { "type": "number", "description": "lowest height of the ground surface above the terrain [m]" },
                    "groundDifferenceMedian": { "type": "number", "description": "median height of the ground surface above the terrain [m]" },
                    "groundDifferenceMax": { "type": "number", "description": "greatest height of the ground surface above the terrain [m]" },
                    "groundTerrain": { "type": "string", "description": "the terrain compared with" },
                    "groundTerrainRevision": { "type": "integer", "description": "the revision of the terrain for which the differences are known to hold" },
                },
            },
            "links": array_of(reference("link")),
            "relatedTo": array_of(json!({
                "type": "object",
                "required": ["direction", "relation", "link"],
                "description": "a link to or from another object; without href where nothing is at the other end",
                "properties": {
                    "direction": { "type": "string", "enum": ["to", "from"] },
                    "relation": { "type": "string" }, "role": { "type": "string" },
                    "part": { "type": "string", "description": "the part or surface that has the link" },
                    "link": { "type": "string", "description": "as in the file" },
                    "collection": { "type": "string" }, "id": { "type": "string" }, "href": { "type": "string" },
                },
            })),
        },
    })
}

fn multi_polygon() -> Value {
    let position = json!({ "type": "array", "minItems": 2, "items": { "type": "number" } });
    let ring = json!({ "type": "array", "minItems": 4, "items": position });
    json!({
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {
            "type": { "type": "string", "enum": ["MultiPolygon"] },
            "coordinates": array_of(array_of(ring)),
        },
    })
}

fn own() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "number" });
    let bounds = json!({ "type": "array", "minItems": 4, "maxItems": 4, "items": number });
    json!({
        "issueCollection": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "numberReturned": { "type": "integer", "minimum": 0 },
                "links": array_of(reference("link")),
                "features": array_of(json!({
                    "type": "object",
                    "required": ["type", "geometry", "properties"],
                    "properties": {
                        "type": { "type": "string", "enum": ["Feature"] },
                        "id": { "type": "integer" },
                        "geometry": { "type": "object", "nullable": true, "description": "a Point where the place is known" },
                        "properties": { "type": "object", "description": "object, code, severity, message, face, value, height, file, line, revision" },
                    },
                })),
            },
        },
        "apiDefinition": { "type": "object", "description": "an OpenAPI 3.0 document" },
        "tileset": {
            "type": "object",
            "description": "a tileset as 3D Tiles 1.1 defines it",
            "required": ["asset", "geometricError", "root"],
            "properties": { "asset": { "type": "object" }, "geometricError": number, "root": { "type": "object" } },
        },
        "groundGrid": {
            "type": "object",
            "required": ["bounds", "columns", "rows", "heights", "heightModel"],
            "properties": {
                "bounds": bounds,
                "columns": { "type": "integer" },
                "rows": { "type": "integer" },
                "heights": { "type": "array", "items": number, "description": "ellipsoidal [m], northern row first" },
                "heightModel": text,
            },
        },
        "queryables": {
            "type": "object",
            "description": "a JSON Schema (2020-12) of what filters may name, features be sorted by or show",
            "required": ["$schema", "$id", "type", "properties", "additionalProperties"],
            "properties": {
                "$schema": text,
                "$id": text,
                "type": { "type": "string", "enum": ["object"] },
                "title": text,
                "properties": { "type": "object", "additionalProperties": { "type": "object" } },
                "additionalProperties": { "type": "boolean" },
                "patternProperties": { "type": "object" },
            },
        },
        "functions": {
            "type": "object",
            "required": ["functions"],
            "properties": {
                "functions": array_of(json!({
                    "type": "object",
                    "required": ["name", "returns"],
                    "properties": {
                        "name": text,
                        "description": text,
                        "returns": array_of(text.clone()),
                        "arguments": array_of(json!({
                            "type": "object",
                            "required": ["type"],
                            "properties": { "title": text, "type": array_of(text.clone()) },
                        })),
                    },
                })),
                "links": array_of(reference("link")),
            },
        },
        "jobs": {
            "type": "object",
            "required": ["jobs", "links"],
            "properties": { "jobs": array_of(reference("job")), "links": array_of(reference("link")) },
        },
        "job": job(),
        "codeLists": {
            "type": "object",
            "required": ["links", "codelists"],
            "properties": { "links": array_of(reference("link")), "codelists": array_of(reference("codeList")) },
        },
        "codeList": code_list(),
        "cityJson": {
            "type": "object",
            "description": "a document after https://www.cityjson.org/specs/2.0.1/",
            "required": ["type", "version", "transform", "CityObjects", "vertices"],
            "properties": {
                "type": { "type": "string", "enum": ["CityJSON"] },
                "version": text,
                "transform": { "type": "object" },
                "CityObjects": { "type": "object", "additionalProperties": { "type": "object" } },
                "vertices": array_of(json!({ "type": "array", "items": { "type": "integer" } })),
            },
        },
        "bytes": { "type": "string", "format": "binary" },
        "importOrder": import_order(json!({
            "href": { "type": "string", "description": "a file or folder that the server may import from, or an address that it may fetch" },
            "upload": { "type": "string", "description": "id of a finished upload" },
        })),
        "importForm": import_order(json!({ "file": array_of(json!({ "type": "string", "format": "binary" })) })),
        "uploadOffer": {
            "type": "object",
            "properties": {
                "protocol": text, "version": text, "extensions": array_of(text.clone()),
                "maximumBytes": { "type": "integer", "description": "of one upload" },
                "maximumTotalBytes": { "type": "integer", "description": "of all uploads together" },
                "maximumCount": { "type": "integer", "description": "uploads that are not yet imported" },
                "links": array_of(reference("link")),
            },
        },
        "upload": {
            "type": "object",
            "required": ["length", "offset"],
            "properties": {
                "name": text,
                "length": { "type": "integer", "description": "bytes announced" },
                "offset": { "type": "integer", "description": "bytes that have come" },
            },
        },
        "revisions": {
            "type": "object",
            "required": ["links", "revisions"],
            "properties": {
                "links": array_of(reference("link")),
                "revisions": array_of(json!({
                    "type": "object",
                    "required": ["revision", "state", "head"],
                    "properties": {
                        "revision": { "type": "integer" },
                        "state": text,
                        "head": { "type": "boolean", "description": "whether readers see it now" },
                        "started": { "type": "string", "format": "date-time" },
                        "published": { "type": "string", "format": "date-time", "nullable": true },
                        "inserted": { "type": "integer", "nullable": true },
                        "ended": { "type": "integer", "nullable": true },
                        "restores": { "type": "integer", "nullable": true, "description": "the earlier revision brought back" },
                    },
                })),
            },
        },
        "terrains": {
            "type": "object",
            "required": ["links", "terrains"],
            "properties": { "links": array_of(reference("link")), "terrains": array_of(reference("terrain")) },
        },
        "terrain": terrain(),
        "terrainLayer": {
            "type": "object",
            "description": "layer.json of quantized-mesh 1.0",
            "required": ["tilejson", "format", "scheme", "tiles", "projection", "available"],
            "properties": {
                "tilejson": text, "name": text, "description": text, "version": text, "format": text, "scheme": text,
                "projection": text, "tiles": array_of(text.clone()), "bounds": array_of(number.clone()),
                "minzoom": { "type": "integer" }, "maxzoom": { "type": "integer" },
                "available": array_of(array_of(json!({ "type": "object" }))), "extensions": array_of(text.clone()),
            },
        },
        "contours": {
            "type": "object",
            "description": "a GeoJSON FeatureCollection of LineStrings with `elevation` in metres",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] }, "numberReturned": { "type": "integer" },
                "interval": number, "unit": text, "verticalCrs": text,
                "features": array_of(json!({ "type": "object" })),
            },
        },
        "tileSet": {
            "type": "object",
            "required": ["dataType", "crs", "links"],
            "properties": {
                "title": text, "dataType": text, "crs": text, "tileMatrixSetURI": text,
                "tileMatrixSetLimits": array_of(json!({ "type": "object" })),
                "boundingBox": { "type": "object" }, "links": array_of(reference("link")),
            },
        },
        "elevation": elevation(),
        "elevationPoints": {
            "oneOf": [
                array_of(array_of(number.clone())),
                {
                    "type": "object",
                    "required": ["points"],
                    "properties": { "points": array_of(array_of(number.clone())), "crs": text },
                },
            ],
        },
        "elevations": {
            "type": "object",
            "required": ["elevations", "unit", "verticalCrs"],
            "properties": {
                "terrain": text, "revision": { "type": "integer" }, "crs": text, "unit": text, "verticalCrs": text,
                "method": text,
                "elevations": array_of(json!({ "type": "number", "nullable": true })),
            },
        },
        "healthStatus": { "type": "object", "required": ["status"], "properties": { "status": text } },
        "health": {
            "type": "object",
            "required": ["status", "version"],
            "properties": {
                "status": text, "version": text, "database": { "type": "object" }, "heightModel": text,
                "storageCrs": { "type": "object", "nullable": true },
            },
        },
        "viewerConfig": {
            "type": "object",
            "properties": {
                "title": text,
                "extent": { "type": "array", "nullable": true, "minItems": 4, "maxItems": 4, "items": number },
                "groundHeight": { "type": "number", "nullable": true },
                "undulation": { "type": "number", "nullable": true },
                "heightModel": text,
                "languages": array_of(text.clone()),
                "attribution": text,
                "imprintUrl": { "type": "string", "format": "uri" },
            },
        },
    })
}

fn terrain() -> Value {
    let text = json!({ "type": "string" });
    let numbers = |count: u32| json!({ "type": "array", "minItems": count, "maxItems": count, "items": { "type": "number" } });
    json!({
        "type": "object",
        "required": ["id", "title", "crs", "verticalCrs", "links"],
        "properties": {
            "id": text, "title": text, "revision": { "type": "integer" }, "crs": text, "verticalCrs": text,
            "heightModel": { "type": "string", "description": "what ellipsoidal heights of its tiles are made with" },
            "warnings": array_of(text.clone()),
            "cell": { "type": "number", "description": "between nodes [m]" },
            "unit": text, "sampleCount": { "type": "integer" },
            "levels": { "type": "object", "properties": { "coarsest": { "type": "integer" }, "finest": { "type": "integer" } } },
            "extent": reference("extent"),
            "storageCrsBbox": numbers(4), "heightRange": numbers(2),
            "updated": { "type": "string", "format": "date-time" },
            "links": array_of(reference("link")),
        },
    })
}

/// A point has `point` and `elevation`; a profile the rest.
fn elevation() -> Value {
    let text = json!({ "type": "string" });
    let metres =
        json!({ "type": "number", "nullable": true, "description": "metres; null where nothing is known" });
    let point = json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } });
    json!({
        "type": "object",
        "required": ["unit", "verticalCrs"],
        "properties": {
            "terrain": text, "revision": { "type": "integer" }, "crs": text, "unit": text, "verticalCrs": text,
            "method": text, "point": point, "elevation": metres,
            "length": metres, "step": metres, "lowest": metres, "highest": metres, "ascent": metres,
            "descent": metres,
            "samples": array_of(json!({
                "type": "object",
                "properties": { "distance": metres, "point": point, "elevation": metres },
            })),
        },
    })
}

fn code_list() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["id", "codeSpace", "title", "codeCount", "links"],
        "properties": {
            "id": text, "codeSpace": text, "title": text, "description": text,
            "origin": { "type": "string", "enum": ["builtin", "file", "import", "ade"] },
            "complete": { "type": "boolean", "description": "whether a code that is not in it is wrong" },
            "codeCount": { "type": "integer", "minimum": 0 },
            "updated": { "type": "string", "format": "date-time" },
            "links": array_of(reference("link")),
            "codes": array_of(json!({
                "type": "object",
                "required": ["code", "text"],
                "properties": {
                    "code": text,
                    "text": { "type": "string", "nullable": true },
                    "texts": { "type": "object", "additionalProperties": { "type": "string" } },
                },
            })),
        },
    })
}

/// As statusInfo of OGC API – Processes, with log and report; these and the message for holders of a token.
fn job() -> Value {
    let text = json!({ "type": "string" });
    let time = json!({ "type": "string", "format": "date-time" });
    json!({
        "type": "object",
        "required": ["jobID", "status", "type"],
        "properties": {
            "jobID": text, "processID": text, "message": text, "collection": text, "terrain": text,
            "type": { "type": "string", "enum": ["process"] },
            "status": {
                "type": "string",
                "enum": ["accepted", "running", "successful", "failed", "dismissed"],
            },
            "created": time, "started": time, "finished": time, "updated": time,
            "progress": { "type": "integer", "minimum": 0, "maximum": 100 },
            "priority": { "type": "integer" },
            "attempts": { "type": "integer" },
            "published": { "type": "integer", "description": "the revision that it made the head" },
            "log": array_of(json!({ "type": "object", "properties": { "time": time, "message": text } })),
            "report": { "type": "object", "description": "what the job found and did, once it is done" },
            "links": array_of(reference("link")),
        },
    })
}

/// `source` are the members that say what is imported.
fn import_order(source: Value) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "description": "title of the collection" },
            "crs": { "type": "string", "description": "CRS in place of what the files say, for example 25832+7837" },
            "mode": { "type": "string", "enum": ["update", "append", "replace"], "default": "update" },
            "checks": { "type": "string", "enum": ["all", "none"], "default": "all", "description": "geometry after ISO 19107, attributes against geometry" },
            "onError": { "type": "string", "enum": ["keep", "quarantine", "fail"], "default": "keep", "description": "what happens to an object with an error" },
            "dryRun": { "type": "boolean", "default": false, "description": "read and compare everything, write nothing" },
            "match": { "type": "string", "enum": ["id", "reference", "overlap"], "default": "id", "description": "by what known objects are recognised" },
            "matchOverlap": { "type": "number", "default": 0.5, "description": "share of the larger footprint from which two are the same thing" },
            "partialDelivery": { "type": "boolean", "default": false, "description": "take the rest of a Metalink delivery when files of it are missing or other ones" },
            "priority": { "type": "integer", "minimum": -100, "maximum": 100, "default": 0 },
        },
    });
    if let (Some(members), Value::Object(source)) = (schema["properties"].as_object_mut(), source) {
        members.extend(source);
    }
    schema
}
