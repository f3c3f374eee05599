// What the schema promises to clients: names, descriptions, Relay's pages, strict ids.
import graphql from "@graphql-eslint/eslint-plugin";

const NAMES = {
  types: "PascalCase",
  FieldDefinition: "camelCase",
  InputValueDefinition: "camelCase",
  EnumValueDefinition: "UPPER_CASE",
};

export default [
  {
    files: ["**/schema.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema.graphql" } },
    },
    rules: {
      "@graphql-eslint/naming-convention": ["error", NAMES],
      "@graphql-eslint/description-style": ["error", { style: "block" }],
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          rootField: true,
        },
      ],
      "@graphql-eslint/require-deprecation-reason": "error",
      "@graphql-eslint/no-typename-prefix": "off",
      "@graphql-eslint/relay-connection-types": "error",
      "@graphql-eslint/relay-edge-types": [
        "error",
        // Plain lists are short by nature; a job's row has a number within its job, no id.
        { withEdgeSuffix: true, listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false },
      ],
      "@graphql-eslint/relay-page-info": "error",
      "@graphql-eslint/unique-enum-value-names": "error",
      "@graphql-eslint/no-unreachable-types": "error",
    },
  },
];
