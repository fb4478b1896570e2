//! What a store in a file alone can get wrong.

use newsprint_store::Store;
use tempfile::TempDir;

use super::given::file;

#[tokio::test]
async fn a_name_with_odd_characters_is_a_file_name() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("a%20b?c.db").display());
    Store::open(&url).await.unwrap().close().await;
    assert!(folder.path().join("a%20b?c.db").exists());
    assert!(
        !folder.path().join("a%20b?c.db-wal").exists(),
        "a closed store is one file"
    );
    Store::open_to_read(&url).await.unwrap();
    assert!(
        Store::open("mysql://x")
            .await
            .unwrap_err()
            .to_string()
            .contains("sqlite:PATH")
    );
}

#[tokio::test]
async fn an_existing_store_is_required_for_reading() {
    let folder = TempDir::new().unwrap();
    let error = Store::open_to_read(&file(&folder))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("there is no such file"), "{error}");
    assert!(
        !folder.path().join("news.db").exists(),
        "reading made a store"
    );
}
