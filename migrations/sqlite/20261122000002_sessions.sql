-- Where each revision falls among an exchange's sessions, by the calendar that said so. A revision that the calendar does
-- not reach has a row without sessions, and gets another one under a calendar that does.

CREATE TABLE session_assignment (
    session_assignment_key INTEGER PRIMARY KEY,
    revision_key           INTEGER NOT NULL REFERENCES revision (revision_key),
    exchange               TEXT    NOT NULL,
    calendar_version       TEXT    NOT NULL,
    reaction_session       TEXT,
    reaction_close         INTEGER,
    base_close_session     TEXT,
    entry_open_session     TEXT,
    phase                  TEXT,
    recorded_at            INTEGER NOT NULL,
    UNIQUE (revision_key, exchange, calendar_version)
) STRICT;

CREATE TRIGGER session_assignment_is_append_only BEFORE UPDATE ON session_assignment
BEGIN SELECT RAISE(ABORT, 'session_assignment is append-only'); END;
CREATE TRIGGER session_assignment_is_kept BEFORE DELETE ON session_assignment
BEGIN SELECT RAISE(ABORT, 'session_assignment is append-only'); END;
