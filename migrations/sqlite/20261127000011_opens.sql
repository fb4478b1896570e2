-- The price at which a session opened, where the series has true ones.

ALTER TABLE price ADD COLUMN open REAL;
