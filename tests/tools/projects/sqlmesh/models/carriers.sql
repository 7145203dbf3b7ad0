MODEL (name flights.carriers, kind SEED (path '../seeds/carriers.csv'), columns (carrier VARCHAR, name VARCHAR));
