"""What must outlive the bus: tables, migrations, repositories. SQLite by default, PostgreSQL by URL."""
