-- what a version does to the data that the versions share, as its macfile's action "data" printed
alter table infrastructure add column data_change text;
