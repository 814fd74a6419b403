-- The latest works of an organisation, without sorting all of them.

DROP INDEX declaration_organisations_by_name;
CREATE INDEX declaration_organisations_by_name
    ON declaration_organisations (organisation, declaration);
