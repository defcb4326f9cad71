//! Objects into the two tables.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};

use super::layer::{Layer, TABLES, quoted};
use super::values::{self, Column};
use super::{GeoPackageError, blob};
use stadtwin_geometry::Polygon;
use stadtwin_model::{CityObject, Envelope, Geometry, NO_SURFACE, Place, PropertySummary};

/// The CRS of all coordinates; x is east or longitude, whatever the definition says.
#[derive(Debug, Clone)]
pub struct SpatialReference {
    /// EPSG code.
    pub code: u32,
    pub name: String,
    /// Well-Known Text 1; `undefined` leaves it to the code.
    pub definition: String,
}

/// Columns of the features table before the attributes.
const OWN: [&str; 6] = ["fid", "geom", "id", "class", "z_min", "z_max"];

/// A file under way; it is whole after `finish`.
pub struct GeoPackageWriter {
    connection: Connection,
    srs_id: u32,
    features: Layer,
    surfaces: Layer,
    columns: Vec<Column>,
    insert_feature: String,
    insert_surface: String,
    losses: BTreeMap<&'static str, u64>,
}

impl GeoPackageWriter {
    /// Over an empty file. `table` names the features table; `<table>_surface` holds the surfaces.
    pub fn create(
        path: &Path,
        table: &str,
        title: &str,
        srs: &SpatialReference,
        properties: &[PropertySummary],
    ) -> Result<GeoPackageWriter, GeoPackageError> {
        let connection = Connection::open(path)?;
        // The file is thrown away when anything fails: no journal is needed.
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        connection.execute_batch(TABLES)?;
        connection.execute(
            "INSERT OR REPLACE INTO gpkg_spatial_ref_sys VALUES (?1, ?2, 'EPSG', ?2, ?3, NULL)",
            params![srs.name, srs.code, srs.definition],
        )?;
        if srs.code != 4326 {
            connection.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84 geodetic', 4326, 'EPSG', 4326, ?1, NULL)",
                params![WGS_84],
            )?;
        }
        let columns = values::columns(properties, &OWN);
        let typed = columns
            .iter()
            .map(|column| format!(", {} {}", quoted(&column.column), values::type_name(column.kind)));
        let further =
            ", id TEXT, class TEXT, z_min DOUBLE, z_max DOUBLE".to_owned() + &typed.collect::<String>();
        let features = Layer::create(&connection, table.to_owned(), title, false, &further)?;
        let surfaces = Layer::create(
            &connection,
            format!("{table}_surface"),
            &format!("{title}: surfaces"),
            true,
            ", feature TEXT, object TEXT, object_class TEXT, lod TEXT, id TEXT, class TEXT",
        )?;
        let marks = |count: usize| (1..=count).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
        let names: String = columns.iter().map(|column| format!(", {}", quoted(&column.column))).collect();
        let insert_feature = format!(
            "INSERT INTO {} (geom, id, class, z_min, z_max{names}) VALUES ({})",
            quoted(&features.table),
            marks(5 + columns.len())
        );
        let insert_surface = format!(
            "INSERT INTO {} (geom, feature, object, object_class, lod, id, class) VALUES ({})",
            quoted(&surfaces.table),
            marks(7)
        );
        connection.execute_batch("BEGIN")?;
        let losses = BTreeMap::new();
        let srs_id = srs.code;
        Ok(GeoPackageWriter {
            connection,
            srs_id,
            features,
            surfaces,
            columns,
            insert_feature,
            insert_surface,
            losses,
        })
    }

    /// One feature with all that is below it.
    pub fn write(&mut self, object: &CityObject, footprint: &[Polygon]) -> Result<(), GeoPackageError> {
        let object = &*object.placed();
        let geometries = object.walk().into_iter().flat_map(|part| &part.geometries);
        let envelope = Envelope::of(geometries.flat_map(|geometry| &geometry.points));
        let place = if footprint.is_empty() { Place::of(object) } else { Place::Nothing };
        let outline = blob::outline(footprint, &place, self.srs_id);
        let class = class_of(object);
        let height = |height_m: f64| if envelope.is_empty() { Cell::Null } else { Cell::Real(height_m) };
        let mut cells = vec![
            outline.as_ref().map_or(Cell::Null, |(bytes, _)| Cell::Blob(bytes.clone())),
            Cell::Text(object.id.clone()),
            Cell::Text(class.to_owned()),
            height(envelope.min[2]),
            height(envelope.max[2]),
        ];
        for column in &self.columns {
            let (cell, fits) = values::cell(object.attributes.get(&column.name), column.kind);
            if !fits {
                *self.losses.entry("values of another type than their column").or_default() += 1;
            }
            cells.push(cell);
        }
        self.connection.prepare_cached(&self.insert_feature)?.execute(params_from_iter(cells))?;
        if let Some(outline) = &outline {
            let kind = match place {
                Place::Nothing => 0,
                Place::Lines(_) => 1,
                Place::Points(_) => 2,
            };
            self.features.kinds[kind] = true;
            self.features.index(&self.connection, self.connection.last_insert_rowid(), outline)?;
        }
        for part in object.walk() {
            for geometry in &part.geometries {
                self.write_surfaces(&object.id, part, geometry)?;
            }
        }
        Ok(())
    }

    fn write_surfaces(
        &mut self,
        feature: &str,
        part: &CityObject,
        geometry: &Geometry,
    ) -> Result<(), GeoPackageError> {
        let all = (0..geometry.surfaces.len() as u32).chain([NO_SURFACE]);
        for index in all {
            let Some(faces) = blob::faces(geometry, index, self.srs_id) else { continue };
            let surface = geometry.surfaces.get(index as usize);
            self.connection.prepare_cached(&self.insert_surface)?.execute(params![
                faces.0,
                feature,
                part.id,
                class_of(part),
                geometry.lod.to_string(),
                surface.map(|surface| surface.id.as_str()).filter(|id| !id.is_empty()),
                surface.map(|surface| surface.class.name()),
            ])?;
            self.surfaces.kinds[0] = true;
            self.surfaces.index(&self.connection, self.connection.last_insert_rowid(), &faces)?;
        }
        if geometry.faces.is_empty() && !geometry.points.is_empty() && part.id != feature {
            *self.losses.entry("lines and points of parts").or_default() += 1;
        }
        Ok(())
    }

    /// Closes the file; what had no place in it, and how often.
    pub fn finish(self) -> Result<BTreeMap<&'static str, u64>, GeoPackageError> {
        self.features.finish(&self.connection, self.srs_id)?;
        self.surfaces.finish(&self.connection, self.srs_id)?;
        self.connection.execute_batch("COMMIT")?;
        self.connection.close().map_err(|(_, error)| error)?;
        Ok(self.losses)
    }
}

fn class_of(object: &CityObject) -> &str {
    object.source_class.as_deref().unwrap_or(object.class.name())
}

/// The system that every GeoPackage has to name.
const WGS_84: &str = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AUTHORITY[\"EPSG\",\"4326\"]]";
