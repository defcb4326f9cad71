//! How faces look: materials and textures by theme, over the flat arrays of a geometry.

/// Entry of `face_materials` and `face_textures` of a face that has none.
pub const NO_LOOK: u32 = u32::MAX;

/// What one theme says of one side of a geometry's faces (CityGML *Appearance*, CityJSON *material* and *texture*).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Appearance {
    /// Empty where the file names none.
    pub theme: String,
    /// Looks of the back instead of the front.
    pub is_back: bool,
    /// Each once; `face_materials` points here.
    pub materials: Vec<Material>,
    /// Each once; `face_textures` points here.
    pub textures: Vec<Texture>,
    /// By face of the geometry: index into `materials` or `NO_LOOK`; empty when no face has a material.
    pub face_materials: Vec<u32>,
    /// By face of the geometry: index into `textures` or `NO_LOOK`; empty when no face has a texture.
    pub face_textures: Vec<u32>,
    /// By point of the geometry `[s, t]`, origin at the image's lower left, NaN where there are none; empty when
    /// no texture is bound by coordinate lists.
    pub texture_coordinates: Vec<[f64; 2]>,
}

/// X3DMaterial. `None` where the file says nothing (the standard then has its own default).
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Material {
    /// gml:id or CityJSON name; empty when there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// 0 … 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ambient_intensity: Option<f64>,
    /// Red, green, blue, 0 … 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diffuse_color: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emissive_color: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specular_color: Option<[f64; 3]>,
    /// 0 … 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shininess: Option<f64>,
    /// 0 is opaque, 1 invisible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transparency: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_smooth: Option<bool>,
}

/// A picture on faces: ParameterizedTexture or GeoreferencedTexture.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Texture {
    /// gml:id; empty when there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where the file says the image is, as it says it.
    pub image: String,
    /// First 16 bytes of blake3 over the image file in hexadecimal, where the image was found and is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// `specific`, `typical` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texture_type: Option<String>,
    /// `none`, `wrap`, `mirror`, `clamp` or `border`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap_mode: Option<String>,
    /// Red, green, blue, alpha, 0 … 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub border_color: Option<[f64; 4]>,
    #[serde(skip_serializing_if = "Projection::is_coordinates")]
    pub projection: Projection,
}

/// How the picture comes onto the face.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Projection {
    /// By `Appearance::texture_coordinates`.
    #[default]
    Coordinates,
    /// TexCoordGen: row-major 3 × 4, dataset metres to texture.
    WorldToTexture([f64; 12]),
    /// GeoreferencedTexture: from the reference point and the orientation, or from a world file beside the image.
    Georeferenced {
        prefer_world_file: bool,
        reference_point: Option<[f64; 2]>,
        orientation: Option<[f64; 4]>,
    },
}

impl Projection {
    pub fn is_coordinates(&self) -> bool {
        *self == Projection::Coordinates
    }
}
