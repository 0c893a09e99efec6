-- events: what happened to accounts and keys, from Log Analytics.
SELECT
  logs.timestamp AS seen_at,
  logs.proto_payload.audit_log.method_name AS method,
  COALESCE(logs.proto_payload.audit_log.resource_name, '') AS resource_name,
  COALESCE(JSON_VALUE(TO_JSON_STRING(logs.resource.labels), '$.email_id'), '') AS target,
  COALESCE(JSON_VALUE(TO_JSON_STRING(logs.resource.labels), '$.unique_id'), '') AS target_id,
  COALESCE(logs.proto_payload.audit_log.authentication_info.principal_email, '') AS email,
  COALESCE(logs.proto_payload.audit_log.authentication_info.principal_subject, '') AS subject,
  TO_JSON_STRING(logs.proto_payload.audit_log.request) AS request,
  TO_JSON_STRING(logs.proto_payload.audit_log.response) AS response
FROM `{table}` AS logs
WHERE logs.timestamp >= @since AND logs.timestamp < @until
  AND logs.log_id = 'cloudaudit.googleapis.com/activity'
  AND logs.proto_payload.audit_log.service_name = 'iam.googleapis.com'
  AND REGEXP_CONTAINS(logs.proto_payload.audit_log.method_name, r'^google\.iam\.admin\.v1\.(?:Create|Delete|Disable|Enable|Undelete|Upload)ServiceAccount(?:Key)?$')
  AND COALESCE(logs.proto_payload.audit_log.status.code, 0) = 0
