//! A table with geometries: how it is announced and found by place.

use rusqlite::{Connection, params};

use super::GeoPackageError;
use super::blob::Blob;

/// What every GeoPackage has (clauses 1.1.2, 1.1.3, 2.1.5, 2.3.2 of the standard).
pub(super) const TABLES: &str = "
    PRAGMA application_id = 0x47504B47;
    PRAGMA user_version = 10300;
    CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
    CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
    CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
        geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
        CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
    CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
        definition TEXT NOT NULL, scope TEXT NOT NULL,
        CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
    INSERT INTO gpkg_spatial_ref_sys VALUES
        ('undefined cartesian', -1, 'NONE', -1, 'undefined', NULL),
        ('undefined geographic', 0, 'NONE', 0, 'undefined', NULL);";

/// A features table under way; its geometry column is `geom`, its key `fid`.
pub(super) struct Layer {
    pub table: String,
    title: String,
    has_z: bool,
    /// Geometry types seen: of areas, lines, points.
    pub kinds: [bool; 3],
    bounds: Option<[f64; 4]>,
}

impl Layer {
    /// Makes the table with further columns as SQL has them, and its index.
    pub fn create(
        connection: &Connection,
        table: String,
        title: &str,
        has_z: bool,
        columns: &str,
    ) -> Result<Layer, GeoPackageError> {
        let quoted = quoted(&table);
        connection.execute_batch(&format!(
            "CREATE TABLE {quoted} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom BLOB{columns});
             CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy);",
            self::quoted(&index(&table))
        ))?;
        Ok(Layer { table, title: title.to_owned(), has_z, kinds: [false; 3], bounds: None })
    }

    /// Adds a row's geometry to the index.
    pub fn index(&mut self, connection: &Connection, fid: i64, blob: &Blob) -> Result<(), GeoPackageError> {
        let [west, east, south, north] = blob.1;
        let insert = format!("INSERT INTO {} VALUES (?1, ?2, ?3, ?4, ?5)", quoted(&index(&self.table)));
        connection.prepare_cached(&insert)?.execute(params![fid, west, east, south, north])?;
        let [w, e, s, n] = self.bounds.get_or_insert(blob.1);
        (*w, *e, *s, *n) = (w.min(west), e.max(east), s.min(south), n.max(north));
        Ok(())
    }

    /// Announces the table, once all rows are in it.
    pub fn finish(&self, connection: &Connection, srs_id: u32) -> Result<(), GeoPackageError> {
        let bounds = self.bounds.map(|[west, east, south, north]| [west, south, east, north]);
        let bound = |index: usize| bounds.and_then(|bounds| bounds.get(index).copied());
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
             VALUES (?1, 'features', ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![self.table, self.title, bound(0), bound(1), bound(2), bound(3), srs_id],
        )?;
        let kind = match self.kinds {
            [_, false, false] => "MULTIPOLYGON",
            [false, true, false] => "MULTILINESTRING",
            [false, false, true] => "MULTIPOINT",
            _ => "GEOMETRY",
        };
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, ?4, 0)",
            params![self.table, kind, srs_id, self.has_z],
        )?;
        connection.execute(
            "INSERT INTO gpkg_extensions VALUES (?1, 'geom', 'gpkg_rtree_index',
                'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            params![self.table],
        )?;
        connection.execute_batch(&triggers(&self.table))?;
        Ok(())
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn index(table: &str) -> String {
    format!("rtree_{table}_geom")
}

/// They keep the index true when another program edits the table (annex F.3).
fn triggers(table: &str) -> String {
    let (name, t, i) = (index(table), quoted(table), quoted(&index(table)));
    let trigger = |suffix: &str| quoted(&format!("{name}_{suffix}"));
    let [insert, update1, update2, update3, update4, delete] =
        ["insert", "update1", "update2", "update3", "update4", "delete"].map(trigger);
    let full = "(new.geom NOTNULL AND NOT ST_IsEmpty(new.geom))";
    let none = "(new.geom ISNULL OR ST_IsEmpty(new.geom))";
    let put = format!(
        "INSERT OR REPLACE INTO {i} VALUES (new.fid, ST_MinX(new.geom), ST_MaxX(new.geom), ST_MinY(new.geom), ST_MaxY(new.geom));"
    );
    format!(
        "CREATE TRIGGER {insert} AFTER INSERT ON {t} WHEN {full} BEGIN {put} END;
         CREATE TRIGGER {update1} AFTER UPDATE OF geom ON {t} WHEN old.fid = new.fid AND {full} BEGIN {put} END;
         CREATE TRIGGER {update2} AFTER UPDATE OF geom ON {t} WHEN old.fid = new.fid AND {none}
            BEGIN DELETE FROM {i} WHERE id = old.fid; END;
         CREATE TRIGGER {update3} AFTER UPDATE ON {t} WHEN old.fid <> new.fid AND {full}
            BEGIN DELETE FROM {i} WHERE id = old.fid; {put} END;
         CREATE TRIGGER {update4} AFTER UPDATE ON {t} WHEN old.fid <> new.fid AND {none}
            BEGIN DELETE FROM {i} WHERE id IN (old.fid, new.fid); END;
         CREATE TRIGGER {delete} AFTER DELETE ON {t} WHEN old.geom NOT NULL
            BEGIN DELETE FROM {i} WHERE id = old.fid; END;"
    )
}
