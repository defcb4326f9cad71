//! Files over TLS: from servers whose certificate comes from an authority that the system trusts, and from no other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::remote::{Remote, Then, answer};
use super::server::city;
use crate::support::database::database;

/// Runs `openssl` with what stands in the text, and leaves its files in the folder.
fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments.split(' '))
        .output()
        .expect("certificates are made by openssl: scripts/setup test");
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/// An authority of its own: its certificate.
fn authority(folder: &Path, name: &str) -> PathBuf {
    openssl(
        folder,
        &format!(
            "req -x509 {NEW_KEY} -keyout {name}.key -out {name}.pem -days 1 -subj /CN={name} -addext basicConstraints=critical,CA:TRUE"
        ),
    );
    folder.join(format!("{name}.pem"))
}

/// A server's side of TLS, with a certificate from the authority for `of` (`IP:127.0.0.1`) for so many days.
fn acceptor(folder: &Path, authority: &str, of: &str, days: i32) -> TlsAcceptor {
    std::fs::write(folder.join("more"), format!("subjectAltName={of}\nbasicConstraints=CA:FALSE\n")).unwrap();
    openssl(folder, &format!("req {NEW_KEY} -keyout server.key -out server.csr -subj /CN=server"));
    openssl(
        folder,
        &format!(
            "x509 -req -in server.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days {days} -extfile more -out server.pem"
        ),
    );
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_fetches_from_whom_the_system_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let ours = authority(path, "ours");
    authority(path, "strangers");
    let nobody = path.join("nobody.pem");
    std::fs::write(&nobody, "").unwrap();
    let database = database().await;
    for (name, by, of, days, trusted, expected) in [
        ("sound", "ours", "IP:127.0.0.1", 1, &ours, Ok("4 objects: 4 new")),
        ("stranger", "strangers", "IP:127.0.0.1", 1, &ours, Err("of `127.0.0.1` is not trusted")),
        ("other_host", "ours", "DNS:elsewhere.example", 1, &ours, Err("of `127.0.0.1` is not trusted")),
        ("expired", "ours", "IP:127.0.0.1", -1, &ours, Err("of `127.0.0.1` is not trusted")),
        ("nobody", "ours", "IP:127.0.0.1", 1, &nobody, Err("no certificates of authorities")),
    ] {
        let file = city(4);
        let reply = move |_: usize, _: &str| (answer("200 OK", "", &file), Then::Close);
        let remote = Remote::start_secure(acceptor(path, by, of, days), reply).await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_stadtwin"));
        command
            .env("SSL_CERT_FILE", trusted)
            .env_remove("SSL_CERT_DIR")
            .args(["--database-url", &database.url, "--geoid-constant", "45.5"])
            .args(["import", "--collection", name, "--import-allow", &remote.url])
            .arg(format!("{}/data/a.gml", remote.url));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let (report, told) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match expected {
            Ok(part) => {
                assert!(output.status.success() && report.contains(part), "{name}: {report} {told}");
                assert!(remote.asked()[0].starts_with("get /data/a.gml http/1.1"));
            }
            Err(part) => {
                assert!(!output.status.success() && told.contains(part), "{name}: {report} {told}");
                assert!(
                    remote.asked().is_empty(),
                    "{name}: nothing is asked of a server that is not trusted"
                );
            }
        }
    }
    database.close().await;
}
