#pragma once
// api/server/response_text.hpp: a Response as HTTP/1.1 bytes (RFC 9112). Private to api/server.

#include "api/request.hpp"

namespace api {

enum class Persistence : std::uint8_t { keep, keep_said, close };  ///< keep_said: an HTTP/1.0 client asked for it.
enum class BodyPart : std::uint8_t { sent, left_out };             ///< left_out: the answer to HEAD.

/// Replaces `out`, whose capacity is reused, by the whole answer in one piece: one write, one TLS record.
/// @pre header values hold no control characters (asserted): nobody splits an answer.
void write_response(std::string& out, const Response& response, std::string_view request_id, Persistence persistence,
                    BodyPart body);

}  // namespace api
