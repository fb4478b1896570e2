//! The verbs that end-to-end tests speak: see [`TestApp`].

mod app;
