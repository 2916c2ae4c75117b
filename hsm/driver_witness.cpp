#include "hsm/driver_witness.hpp"

#include "hsm/errc.hpp"
#include "ledger/core/utf8.hpp"

namespace hsm {
namespace {

using ledger::Error;
using ledger::Result;

constexpr std::string_view message_start = "actledger-driver-check/1\n";

Error malformed(const char* what) { return {errc::driver_witness_malformed, what}; }

/// The rest of the next line, which begins with `name` and a space; nothing for any other line.
std::optional<std::string_view> take(std::string_view& text, std::string_view name) {
    const auto end = text.find('\n');
    if (end == text.npos || !text.starts_with(name) || text.substr(name.size(), 1) != " ") return std::nullopt;
    const auto value = text.substr(name.size() + 1, end - name.size() - 1);
    text.remove_prefix(end + 1);
    return value;
}

/// "<tree size> <root>"
std::optional<ledger::TreeHead> parse_head(std::string_view text) {
    const auto space = text.find(' ');
    if (space == text.npos) return std::nullopt;
    const auto size = ledger::decimal_decode(text.substr(0, space));
    const auto root = ledger::base64_decode(text.substr(space + 1));
    if (!size || *size > ledger::tree_size_max.value || !root || root->size() != ledger::Digest::size_bytes) {
        return std::nullopt;
    }
    return ledger::TreeHead{{*size}, ledger::Digest::from(*root)};
}

std::string head_text(const ledger::TreeHead& head) {
    return std::to_string(head.size.value) + " " + ledger::base64_encode(head.root.view());
}

std::string fingerprint(const ledger::PublicKey& key) {
    return ledger::hex_encode(ledger::default_suite().hash(key.spki()).view());
}

std::string anchor_text(const ledger::Origin& origin, std::uint64_t counter, const ledger::TreeHead& head) {
    return origin.text() + ", " + std::to_string(counter) + ", " + std::to_string(head.size.value);
}

}  // namespace

ledger::Bytes driver_witness_message(const std::array<std::uint8_t, 32>& nonce) {
    ledger::Bytes message = ledger::copy(ledger::as_bytes(message_start));
    message.insert(message.end(), nonce.begin(), nonce.end());
    return message;
}

DriverWitness DriverWitness::of(const CheckReport& report) {
    ACTLEDGER_ASSERT(report.passed() && report.public_key && report.anchor && !report.nonce_signature.empty());
    return {*report.public_key,
            report.nonce,
            report.nonce_signature,
            report.anchor->origin,
            report.anchor->counter,
            report.anchor->head,
            ledger::as_one_line(report.module),
            ledger::as_one_line(report.library),
            ledger::as_one_line(report.token_label + ", " + report.token_serial)};
}

std::string DriverWitness::text() const {
    std::string text(driver_witness_first_line);
    text += '\n';
    const auto line = [&text](std::string_view name, const std::string& value) {
        text.append(name).append(" ").append(value).append("\n");
    };
    line("key", ledger::base64_encode(key.spki()));
    line("nonce", ledger::base64_encode(nonce));
    line("signature", ledger::base64_encode(signature));
    line("origin", origin.text());
    line("counter", std::to_string(counter));
    line("head", head_text(head));
    line("module", module);
    line("library", library);
    line("token", token);
    return text;
}

Result<DriverWitness> DriverWitness::parse(std::string_view text) {
    std::string_view rest = text.substr(0, driver_witness_bytes_max + 1);
    const std::string_view begin = rest.substr(0, rest.find('\n'));
    if (text.size() > driver_witness_bytes_max || begin.size() == rest.size() || begin != driver_witness_first_line) {
        return malformed("first line");
    }
    rest.remove_prefix(begin.size() + 1);
    const auto decoded = [&rest](std::string_view name) {
        return ledger::base64_decode(take(rest, name).value_or("?"));
    };
    const auto spki = decoded("key");
    if (!spki) return malformed("key");
    auto parsed_key = ledger::PublicKey::from_spki(ledger::default_suite().id(), *spki);
    if (!parsed_key) return malformed("key");
    DriverWitness witness{*std::move(parsed_key), {}, {}, {}, 0, {}, {}, {}, {}};
    const auto nonce = decoded("nonce");
    if (!nonce || nonce->size() != witness.nonce.size()) return malformed("nonce");
    std::copy(nonce->begin(), nonce->end(), witness.nonce.begin());
    auto signature = decoded("signature");
    if (!signature) return malformed("signature");
    witness.signature = *std::move(signature);
    const auto origin = take(rest, "origin");
    auto parsed_origin = ledger::Origin::parse(origin.value_or(""));
    if (!parsed_origin) return malformed("origin");
    witness.origin = *std::move(parsed_origin);
    const auto counter = ledger::decimal_decode(take(rest, "counter").value_or(""));
    if (!counter) return malformed("counter");
    witness.counter = *counter;
    const auto head = parse_head(take(rest, "head").value_or(""));
    if (!head) return malformed("head");
    witness.head = *head;
    for (const auto& [name, field] : {std::pair("module", &witness.module), std::pair("library", &witness.library),
                                      std::pair("token", &witness.token)}) {
        const auto value = take(rest, name);
        if (!value || !ledger::is_one_line(*value)) return malformed(name);
        *field = *value;
    }
    if (!rest.empty() || witness.text() != text) return malformed("spelling");
    if (!witness.key.verify(driver_witness_message(witness.nonce), witness.signature)) {
        return malformed("its signature is not its key's");
    }
    return witness;
}

Result<void> check_same(const DriverWitness& before, const CheckReport& after) {
    ACTLEDGER_ASSERT(after.passed() && after.public_key && after.anchor && after.nonce == before.nonce);
    const bool same_key = *after.public_key == before.key &&
                          before.key.verify(driver_witness_message(before.nonce), after.nonce_signature).has_value();
    if (!same_key) {
        return Error{errc::driver_key_differs,
                     {},
                     {{"expected", fingerprint(before.key)}, {"found", fingerprint(*after.public_key)}}};
    }
    const ledger::Anchor& anchor = *after.anchor;
    const auto rank = [](const ledger::Origin& origin, std::uint64_t counter) {
        return std::pair(origin.incarnation, counter);
    };
    // The server may have gone on in between, so that it may be a newer one; the same number has the same content.
    const bool goes_on = anchor.origin.server_id == before.origin.server_id &&
                         rank(anchor.origin, anchor.counter) >= rank(before.origin, before.counter) &&
                         (anchor.counter != before.counter || anchor.head == before.head);
    if (goes_on) return {};
    return Error{errc::driver_anchor_differs,
                 {},
                 {{"expected", anchor_text(before.origin, before.counter, before.head)},
                  {"found", anchor_text(anchor.origin, anchor.counter, anchor.head)}}};
}

}  // namespace hsm
