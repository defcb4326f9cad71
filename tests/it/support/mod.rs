pub mod database;
pub mod geotiff;
pub mod served;
