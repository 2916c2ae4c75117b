#pragma once
// api/request.hpp: one HTTP request and its answer, as handlers see them. Knows no socket and no Beast.

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/rate_limit.hpp"
#include "ledger/core/result.hpp"

namespace api {

class IoThread;
class RequestMetrics;
struct Route;

enum class Method : std::uint8_t { get, head, post, put, delete_, other };
[[nodiscard]] std::string_view name_of(Method method);

/// The request headers that handlers look at; all others are passed over.
enum class Header : std::uint8_t {
    authorization,
    content_type,
    accept,
    accept_language,
    if_none_match,
    request_id,
};
constexpr std::size_t header_count = 6;

/// Who is at the other end.
struct Caller {
    enum class Transport : std::uint8_t { plain, tls, local };
    Transport transport = Transport::plain;
    std::string address;  ///< Numeric IP address; empty for the local socket. Personal data: annex only, never logs.
};

/// Valid while it is handled: the views point into the connection's parser.
struct Request {
    Method method = Method::other;
    std::string_view method_text;  ///< As it was sent: what `other` is.
    std::string_view path;         ///< Begins with '/', undecoded.
    std::string_view query;        ///< Without '?'; may be empty.
    std::array<std::string_view, header_count> headers;
    bool repeated_header = false;  ///< One of the headers above stood there twice: refused, nobody may guess.
    std::string_view body;
    std::string_view id;    ///< Request id: the client's, if it sent a sane one.
    std::string parameter;  ///< What stands for {…} in the route's path, decoded.
    const Route* route = nullptr;
    RequestMetrics* metrics = nullptr;  ///< The route's.
    ledger::Language language = ledger::Language::english;
    const Caller* caller = nullptr;
    /// By address and by enrolment key; set where these are limited.
    std::array<std::optional<RateVerdict>, rate_limit_count> rates;
    IoThread* io = nullptr;  ///< Where the connection lives.

    [[nodiscard]] std::string_view header(Header name) const { return headers[static_cast<std::size_t>(name)]; }
};

struct Response {
    unsigned status = 200;
    std::string_view content_type = "application/json";
    std::string body;
    std::optional<ledger::Language> language;  ///< Content-Language
    bool close = false;                        ///< Ends the connection after this answer.
    boost::container::small_vector<std::pair<std::string_view, std::string>, 4> headers;  ///< Names are constants.

    void add_header(std::string_view name, std::string value) { headers.emplace_back(name, std::move(value)); }
};

/// Chooses between the catalogue's two languages (RFC 9110, section 12.5.4); English unless Chinese is preferred.
[[nodiscard]] ledger::Language choose_language(std::string_view accept_language);

/// A request id that may stand in a log and a header: 1 to 64 of A-Z a-z 0-9 . _ -
[[nodiscard]] bool is_request_id(std::string_view text);
/// 26 characters, unique for this process's life and, by a random part, over restarts. Any thread.
[[nodiscard]] std::string make_request_id();

[[nodiscard]] std::string_view reason_phrase(unsigned status);

/// RFC 3986, section 2.1. @return nothing for a '%' that no two hexadecimal digits follow
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// errc::unknown_member about a parameter of the query that is not documented, named as it was sent (decoded where that
/// is possible, one line, at most 64 bytes).
[[nodiscard]] ledger::Error unknown_query_parameter(std::string_view name);

}  // namespace api
