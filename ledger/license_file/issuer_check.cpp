#include "ledger/license_file/issuer_check.hpp"

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

std::string fact_of(const Error& error, std::string_view name) {
    for (const Fact& fact : error.facts) {
        if (fact.name == name) return fact.value;
    }
    return {};
}

}  // namespace

Result<void> check_issuer(const SignedMessage& message, const Certificate& root, const IssuerRefusals& refusals) {
    const Certificate& issuer = message.chain.front();
    const auto chain = verify_chain(message.chain, root, refusals.purpose, message.signing_time);
    if (!chain) {
        const Error& why = chain.error();
        if (why.code == errc::certificate_wrong_purpose) {
            return Error{refusals.wrong_purpose, why.detail, {{"issuer", issuer.subject()}}};
        }
        if (why.code == errc::certificate_not_valid_then) {
            return Error{refusals.not_valid_then,
                         why.detail,
                         {{"issuer", fact_of(why, "subject")},
                          {"not_before", fact_of(why, "not_before")},
                          {"not_after", fact_of(why, "not_after")},
                          {"at", fact_of(why, "at")}}};
        }
        return Error{refusals.issuer_unknown,
                     why.detail,
                     {{"issuer", issuer.subject()}, {"root_fingerprint", hex_encode(root.fingerprint().view())}}};
    }
    if (const auto signature = message.verify_signature(); !signature) {
        return Error{refusals.signature_bad,
                     signature.error().detail,
                     {{"issuer", issuer.subject()}, {"issuer_fingerprint", hex_encode(issuer.fingerprint().view())}}};
    }
    return {};
}

}  // namespace ledger
