"""A mesh with personal data: crm.customers.people promises an address that is classified, and others read it."""

from __future__ import annotations

from collections.abc import Mapping

#: Values that no sandbox may show.
CANARIES = ("canary-ana", "canary-ben", "canary-cem", "canary-dua")

PEOPLE: Mapping[str, str] = {
    "mesh.yaml": """
        meshwright: 1
        name: people
        sandboxes: {mask: [pii]}
        """,
    "data/people.csv": """
        person_id,email,city,born
        1,canary-ana@example.org,Kassel,1990-01-01
        2,canary-ben@example.org,Kassel,1991-02-02
        3,canary-cem@example.org,Bremen,1992-03-03
        4,canary-dua@example.org,Bremen,1993-04-04
        """,
    "domains/crm/domain.yaml": """
        name: crm
        purpose: Knowing customers.
        owners: [team:crm]
        """,
    "domains/crm/customers/product.odps.yaml": """
        apiVersion: v1.1.0
        kind: DataProduct
        id: crm-customers
        name: Customers
        version: 1.0.0
        status: active
        outputPorts:
          - {name: people, version: 1.0.0, contractId: crm-customers-people}
        """,
    "domains/crm/customers/contracts/people.odcs.yaml": """
        apiVersion: v3.2.0
        kind: DataContract
        id: crm-customers-people
        version: 1.0.0
        status: active
        schema:
          - name: people
            properties:
              - {name: person_id, logicalType: integer, required: true, primaryKey: true}
              - name: email
                logicalType: string
                classification: pii
                quality:
                  - {id: no_cem, metric: invalidValues, arguments: {pattern: "canary-[abd].*"}, mustBe: 0, severity: warning}
              - {name: city, logicalType: string, classification: public}
              - {name: born, logicalType: date}
        """,
    "domains/crm/customers/pipeline.yaml": """
        nodes:
          raw_people: {source: {path: data/people.csv}}
        """,
    "domains/crm/customers/models/people.sql": "select person_id, email, city, born from raw_people",
    "domains/crm/customers/tests/no_cem.sql": """
        -- severity: warn
        -- why: An example of rows that a query finds.
        select email as whoever, city from people where email like 'canary-cem%'
        """,
    "domains/mail/domain.yaml": """
        name: mail
        purpose: Writing to customers.
        owners: [team:mail]
        """,
    "domains/mail/letters/models/addresses.sql": """
        select person_id, lower(email) as address, city from crm.customers.people
        """,
    "domains/mail/letters/models/per_city.sql": """
        select city, count(*) as people, max(address) as last_address from addresses group by city
        """,
    "domains/mail/letters/models/cities.sql": "select distinct city from crm.customers.people",
}
