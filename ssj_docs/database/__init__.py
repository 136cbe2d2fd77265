"""ssj.db: engine, schema, migrations, registers and the journal."""
