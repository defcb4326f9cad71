pub mod database;
pub mod geotiff;
pub mod houses;
pub mod served;
