#include "tools/client/activation_answer.hpp"

#include <boost/json.hpp>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/time_text.hpp"
#include "tools/client/errc.hpp"

namespace client {
namespace {

namespace json = boost::json;

constexpr std::size_t note_bytes_max = 64 * 1024;
constexpr std::size_t name_bytes_max = 256;

/// What is wrong with an answer; caught in this file.
struct Wrong {
    std::string problem;
};

json::value parse_limited(std::string_view text) {
    json::parse_options options;
    options.max_depth = answer_nesting_max;
    json::error_code failed;
    auto value = json::parse(text, failed, {}, options);
    if (failed) throw Wrong{"not JSON: " + failed.message()};
    if (!value.is_object()) throw Wrong{"not a JSON object"};
    return value;
}

const json::value& member(const json::value& object, std::string_view name) {
    const auto* found = object.is_object() ? object.get_object().if_contains(name) : nullptr;
    if (found == nullptr) throw Wrong{"\"" + std::string(name) + "\" is missing"};
    return *found;
}

std::string text_member(const json::value& object, std::string_view name, std::size_t bytes_max = name_bytes_max) {
    const auto* text = member(object, name).if_string();
    if (text == nullptr || text->size() > bytes_max) throw Wrong{"\"" + std::string(name) + "\" is not a text"};
    return {text->begin(), text->end()};
}

std::uint64_t number_member(const json::value& object, std::string_view name) {
    json::error_code failed;
    const auto number = member(object, name).to_number<std::uint64_t>(failed);
    if (failed || member(object, name).is_double()) throw Wrong{"\"" + std::string(name) + "\" is not a whole number"};
    return number;
}

ledger::Timestamp time_member(const json::value& object, std::string_view name) {
    const auto time = ledger::parse_time(text_member(object, name));
    if (!time) throw Wrong{"\"" + std::string(name) + "\" is not a time"};
    return *time;
}

Lease lease_of(const json::value& lease) {
    const auto kind = text_member(lease, "kind");
    if (kind == "perpetual") return {};
    if (kind != "days") throw Wrong{"a lease of unknown kind"};
    return {time_member(lease, "ends_at"), time_member(lease, "grace_ends_at"), time_member(lease, "renew_after")};
}

std::vector<ledger::Bytes> certificates_of(const json::value& value) {
    const Wrong wrong{"\"certificates\" is not a list of certificates"};
    const auto* list = value.if_array();
    if (list == nullptr || list->empty() || list->size() > ledger::chain_certificates_max) throw wrong;
    std::vector<ledger::Bytes> chain;
    for (const auto& one : *list) {
        auto der = ledger::base64_decode(one.is_string() ? std::string_view(one.get_string()) : "?");
        if (!der || der->empty() || der->size() > ledger::certificate_bytes_max) throw wrong;
        chain.push_back(*std::move(der));
    }
    return chain;
}

Consistency consistency_of(const json::value& value) {
    Consistency found{{number_member(value, "old_size")},
                      {number_member(value, "new_size")},
                      text_member(value, "checkpoint", note_bytes_max),
                      {},
                      {},
                      {}};
    const auto* proof = member(value, "proof").if_array();
    if (proof == nullptr || proof->size() > 2 * ledger::proof_hashes_max)
        throw Wrong{"\"proof\" is not a list of hashes"};
    for (const auto& hash : *proof) {
        const auto bytes = ledger::base64_decode(hash.is_string() ? std::string_view(hash.get_string()) : "?");
        if (!bytes || bytes->size() != ledger::Digest::size_bytes) throw Wrong{"\"proof\" is not a list of hashes"};
        found.proof.push_back(ledger::Digest::from(*bytes));
    }
    if (value.get_object().contains("closed")) {
        found.closed_by = text_member(member(value, "closed"), "proof", ledger::activation_file_bytes_max);
        if (found.closed_by.empty()) throw Wrong{"\"proof\" is empty"};
    }
    if (value.get_object().contains("certificates"))
        found.certificates = certificates_of(member(value, "certificates"));
    return found;
}

ActivationAnswer activation_of(const json::value& answer) {
    const auto& activation = member(answer, "activation");
    ActivationAnswer found;
    found.id = text_member(activation, "id");
    if (!ledger::ActivationId::parse(found.id)) throw Wrong{"\"id\" is not an activation's"};
    found.index = number_member(activation, "index");
    found.product = text_member(activation, "product");
    found.state = text_member(activation, "state");
    found.lease = lease_of(member(activation, "lease"));
    if (answer.get_object().contains("file"))
        found.file = text_member(answer, "file", ledger::activation_file_bytes_max);
    if (answer.get_object().contains("consistency")) found.consistency = consistency_of(member(answer, "consistency"));
    return found;
}

template <class Read>
auto read_answer(std::string_view text, const std::string& server, Read read)
    -> ledger::Result<decltype(read(json::value()))> {
    try {
        return read(parse_limited(text));
    } catch (const Wrong& wrong) {
        return ledger::Error{errc::answer_malformed, "", {{"server", server}, {"problem", wrong.problem}}};
    }
}

/// For a terminal: no control characters, not endless.
std::string displayable(const json::value* value) {
    constexpr std::size_t shown_max = 1'000;
    if (value == nullptr || !value->is_string()) return {};
    std::string text(value->get_string());
    if (text.size() > shown_max) {
        std::size_t end = shown_max;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
        text.resize(end);
    }
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return text;
}

void add_components(json::object& object, const std::vector<ledger::RawComponent>& components) {
    json::array list;
    for (const auto& component : components) list.push_back({{"kind", component.kind}, {"value", component.value}});
    object["components"] = std::move(list);
}

void add_checkpoint(json::object& object, const RequestBody& body) {
    if (body.checkpoint.empty()) return;
    object["checkpoint"] = body.checkpoint;
    if (body.certificates.empty()) return;
    json::array list;
    for (const auto& der : body.certificates) list.emplace_back(ledger::base64_encode(der));
    object["certificates"] = std::move(list);
}

}  // namespace

ledger::Result<ActivationAnswer> parse_activation_answer(std::string_view text, const std::string& server) {
    return read_answer(text, server, activation_of);
}

ledger::Result<Consistency> parse_consistency_answer(std::string_view text, const std::string& server) {
    return read_answer(text, server,
                       [](const json::value& answer) { return consistency_of(member(answer, "consistency")); });
}

std::optional<Problem> parse_problem(std::string_view text) {
    json::parse_options options;
    options.max_depth = answer_nesting_max;
    json::error_code failed;
    const auto value = json::parse(text, failed, {}, options);
    if (failed || !value.is_object()) return std::nullopt;
    const auto& object = value.get_object();
    Problem problem{displayable(object.if_contains("code")), displayable(object.if_contains("detail")),
                    displayable(object.if_contains("remedy"))};
    if (problem.sentence.empty()) problem.sentence = displayable(object.if_contains("title"));
    if (problem.code.empty() || problem.sentence.empty()) return std::nullopt;
    return problem;
}

std::string activation_body(const RequestBody& body) {
    json::object device;
    if (!body.device_name.empty()) device["name"] = body.device_name;
    add_components(device, body.components);
    device["public_key"] = ledger::base64_encode(body.public_key);
    json::object request{{"product", body.product}, {"device", std::move(device)}};
    add_checkpoint(request, body);
    if (!body.adopt.empty()) request["adopt"] = body.adopt;
    return json::serialize(request);
}

std::string renewal_body(const RequestBody& body) {
    json::object request;
    if (!body.components.empty()) add_components(request, body.components);
    add_checkpoint(request, body);
    return json::serialize(request);
}

}  // namespace client
