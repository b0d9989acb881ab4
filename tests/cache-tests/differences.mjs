// Where limpid is another thing than the cache that the tests are for, and why.

const HEADERS = 'limpid hands on no headers of publishers'
const ONE_REQUEST = 'limpid asks publishers in one way only, whatever readers send'
const READERS = 'what readers ask for changes nothing in what publishers are asked'
const FLOOR = 'min-interval stands in for what other caches guess'

/** Suites that are left out. */
export const suites = {
  headers: HEADERS,
  vary: ONE_REQUEST,
  'vary-parse': ONE_REQUEST,
  method: 'limpid is only read from',
  invalidation: 'limpid is only read from',
  'cc-request': READERS,
  updateHEAD: 'limpid never sends HEAD',
  partial: 'limpid declines ranges',
  auth: ONE_REQUEST,
  status: 'only 200 is a feed; what limpid does with other statuses is in docs/http.md',
  heuristic: FLOOR
}

/** Single tests that are left out. */
export const skipped = {
  'pragma-response-no-cache-heuristic': FLOOR,
  'other-heuristic-content-disposition-attachment': FLOOR,
  'conditional-lm-fresh-no-lm': 'limpid gives a date of its own where the publisher has none',
  'query-args-different': 'a query after the name of a feed asks for nothing else',
  '304-etag-update-response-Content-Encoding': 'its first body can not be read, and so is no copy',
  '304-etag-update-response-Content-Length': 'its first body can not be read, and so is no copy'
}

const STANDS_IN = 'the last good copy stands in, and says so: that is what limpid promises its readers'
const IGNORED = 'an Age that is no number is ignored (RFC 9111 §5.1, which is younger than the test)'
const FIRST_AGE = 'of several ages the first counts (RFC 9111 §5.1, which is younger than the test)'
const FIRST = 'of several values the first counts (RFC 9111 §4.2.1)'
const NO_NUMBER = 'a max-age that is no number says nothing (RFC 9111 §4.2.1)'
const NO_DATE = 'an Expires that is not in one of the forms of HTTP means stale (RFC 9111 §5.3)'
const SYNTAX = 'an If-None-Match that is not well-formed has no effect'

const each = (ids, reason) => Object.fromEntries(ids.map(id => [id, reason]))

/** Tests that limpid does not do as they want, on purpose. */
export const differences = {
  'cc-resp-private-shared': 'limpid reads for its owner, as a reader does',
  'stale-close-must-revalidate': STANDS_IN,
  'stale-close-proxy-revalidate': STANDS_IN,
  'stale-close-no-cache': STANDS_IN,
  'stale-close-s-maxage=2': STANDS_IN,
  'conditional-etag-quoted-respond-unquoted': SYNTAX,
  'conditional-etag-unquoted-respond-quoted': SYNTAX,
  ...each(['nonnumeric', 'negative', 'float', 'parameter', 'numeric-parameter'].map(id => `age-parse-${id}`), IGNORED),
  ...each(['prefix-twoline', 'dup-0', 'dup-0-twoline', 'dup-old'].map(id => `age-parse-${id}`), FIRST_AGE),
  ...each(['two-stale-fresh-sameline', 'two-stale-fresh-sepline'].map(id => `freshness-max-age-${id}`), FIRST),
  ...each(['decimal-zero', 'decimal-five', 'a100', '100a'].map(id => `freshness-max-age-${id}`), NO_NUMBER),
  ...each([
    '32bit', 'far-future', 'ansi-c', 'wrong-case-weekday', 'wrong-case-month', 'wrong-case-tz', 'invalid-utc',
    'invalid-aest', 'invalid-2-digit-year', 'invalid-no-comma', 'invalid-multiple-spaces', 'invalid-date-dashes',
    'invalid-time-periods', 'invalid-1-digit-hour', 'invalid-multiple-lines'
  ].map(id => `freshness-expires-${id}`), NO_DATE)
}
