pub mod database;
pub mod served;
