#include "hsm/return_value.hpp"

#include <p11-kit/pkcs11.h>

#include <array>
#include <cstdio>

#include "hsm/errc.hpp"

namespace hsm {
namespace {

struct Name {
    std::uint64_t value;
    std::string_view name;
};

constexpr std::array return_values{
    Name{CKR_HOST_MEMORY, "CKR_HOST_MEMORY"},
    Name{CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID"},
    Name{CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
    Name{CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    Name{CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
    Name{CKR_ATTRIBUTE_READ_ONLY, "CKR_ATTRIBUTE_READ_ONLY"},
    Name{CKR_ATTRIBUTE_TYPE_INVALID, "CKR_ATTRIBUTE_TYPE_INVALID"},
    Name{CKR_ATTRIBUTE_VALUE_INVALID, "CKR_ATTRIBUTE_VALUE_INVALID"},
    Name{CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
    Name{CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
    Name{CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
    Name{CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED"},
    Name{CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
    Name{CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT"},
    Name{CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    Name{CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
    Name{CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID"},
    Name{CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE"},
    Name{CKR_OPERATION_NOT_INITIALIZED, "CKR_OPERATION_NOT_INITIALIZED"},
    Name{CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
    Name{CKR_PIN_INVALID, "CKR_PIN_INVALID"},
    Name{CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE"},
    Name{CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED"},
    Name{CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    Name{CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED"},
    Name{CKR_SESSION_COUNT, "CKR_SESSION_COUNT"},
    Name{CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
    Name{CKR_SESSION_READ_ONLY, "CKR_SESSION_READ_ONLY"},
    Name{CKR_SESSION_EXISTS, "CKR_SESSION_EXISTS"},
    Name{CKR_TEMPLATE_INCOMPLETE, "CKR_TEMPLATE_INCOMPLETE"},
    Name{CKR_TEMPLATE_INCONSISTENT, "CKR_TEMPLATE_INCONSISTENT"},
    Name{CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
    Name{CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED"},
    Name{CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED"},
    Name{CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
    Name{CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED"},
    Name{CKR_USER_TYPE_INVALID, "CKR_USER_TYPE_INVALID"},
    Name{CKR_USER_ANOTHER_ALREADY_LOGGED_IN, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN"},
    Name{CKR_BUFFER_TOO_SMALL, "CKR_BUFFER_TOO_SMALL"},
    Name{CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED"},
};

constexpr std::array mechanisms{
    Name{CKM_RSA_PKCS, "CKM_RSA_PKCS"},
    Name{CKM_RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS"},
    Name{CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN"},
    Name{CKM_ECDSA, "CKM_ECDSA"},
    Name{CKM_ECDSA_SHA1, "CKM_ECDSA_SHA1"},
    Name{CKM_ECDSA_SHA256, "CKM_ECDSA_SHA256"},
    Name{CKM_ECDSA_SHA384, "CKM_ECDSA_SHA384"},
    Name{CKM_ECDSA_SHA512, "CKM_ECDSA_SHA512"},
    Name{CKM_ECDH1_DERIVE, "CKM_ECDH1_DERIVE"},
    Name{CKM_SHA256, "CKM_SHA256"},
    Name{CKM_AES_KEY_GEN, "CKM_AES_KEY_GEN"},
    Name{CKM_AES_CBC_PAD, "CKM_AES_CBC_PAD"},
};

std::string hexadecimal(std::uint64_t value) {
    std::array<char, 20> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

bool gives_pin(std::string_view function) {
    return function == "C_Login" || function == "C_InitToken" || function == "C_InitPIN";
}

}  // namespace

std::string describe_return_value(std::uint64_t value) {
    for (const Name& known : return_values) {
        if (known.value == value) return std::string(known.name) + " (" + hexadecimal(value) + ")";
    }
    return hexadecimal(value);
}

std::string describe_mechanism(std::uint64_t mechanism) {
    for (const Name& known : mechanisms) {
        if (known.value == mechanism) return std::string(known.name);
    }
    return hexadecimal(mechanism);
}

ledger::Error error_of(std::string_view function, std::uint64_t value, std::string_view detail) {
    std::string text = std::string(function) + ": " + describe_return_value(value);
    if (!detail.empty()) text += ", " + std::string(detail);
    switch (value) {
        case CKR_PIN_INCORRECT:
        case CKR_PIN_INVALID:
        case CKR_PIN_LEN_RANGE:
        case CKR_PIN_EXPIRED:
            if (gives_pin(function)) return {errc::pin_wrong, text};
            break;
        case CKR_USER_PIN_NOT_INITIALIZED:
            return {errc::pin_not_set, text};
        case CKR_PIN_LOCKED:
            return {errc::pin_locked, text};
        // "gone" as the tokens that we know say it: a pulled card, a module whose server died, SoftHSM whose files
        // went.
        case CKR_DEVICE_ERROR:
        case CKR_DEVICE_REMOVED:
        case CKR_TOKEN_NOT_PRESENT:
        case CKR_TOKEN_NOT_RECOGNIZED:
        case CKR_KEY_HANDLE_INVALID:
        case CKR_OBJECT_HANDLE_INVALID:
        case CKR_SESSION_CLOSED:
        case CKR_SESSION_HANDLE_INVALID:
        case CKR_SLOT_ID_INVALID:
            return {errc::token_gone, text};
        default:
            break;
    }
    return {errc::token_failed,
            text,
            {{"function", std::string(function)}, {"return_value", describe_return_value(value)}}};
}

}  // namespace hsm
