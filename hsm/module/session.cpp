#include <algorithm>
#include <array>
#include <set>

#include "hsm/module/pkcs11_module.hpp"
#include "hsm/object_limits.hpp"
#include "hsm/p256_encoding.hpp"

namespace hsm::module {
namespace {

constexpr std::size_t key_attribute_bytes_max = 1024;
constexpr std::size_t signature_bytes_max = 1024;
constexpr std::size_t foreign_label_bytes_max = 4096;
constexpr int tries_to_read = 8;

CK_UTF8CHAR_PTR pin_pointer(ByteView pin) { return const_cast<CK_UTF8CHAR_PTR>(pin.data()); }

/// PKCS#11 takes pointers to what it only reads.
CK_ATTRIBUTE attribute_of(CK_ATTRIBUTE_TYPE type, std::string_view text) {
    return {type, const_cast<char*>(text.data()), text.size()};
}
CK_ATTRIBUTE attribute_of(CK_ATTRIBUTE_TYPE type, ByteView bytes) {
    return {type, const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}
template <class Number>
CK_ATTRIBUTE number_of(CK_ATTRIBUTE_TYPE type, Number& number) {
    return {type, &number, sizeof number};
}

/// A server whose key is on the same token may replace an anchor between finding an object and reading it.
template <class Read>
auto while_others_replace(const Read& read) {
    for (int nth = 1;; ++nth) {
        try {
            return read();
        } catch (const Failure& failure) {
            if (failure.value() != CKR_OBJECT_HANDLE_INVALID || nth == tries_to_read) throw;
        }
    }
}

}  // namespace

Session::Session(const Module& module, CK_SLOT_ID slot) : functions_(module.functions()) {
    check("C_OpenSession",
          functions_.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle_));
}
Session::~Session() { functions_.C_CloseSession(handle_); }  // also logs out; there is nobody to tell if it fails

void Session::login(CK_USER_TYPE user, ByteView pin) {
    const CK_RV value = functions_.C_Login(handle_, user, pin_pointer(pin), pin.size());
    if (value != CKR_USER_ALREADY_LOGGED_IN) check("C_Login", value);
}

void Session::set_user_pin(ByteView pin) {
    check("C_InitPIN", functions_.C_InitPIN(handle_, pin_pointer(pin), pin.size()));
}

void Session::generate_key(const std::string& label) {
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    std::array public_key{number_of(CKA_TOKEN, yes), number_of(CKA_VERIFY, yes),
                          attribute_of(CKA_EC_PARAMS, ByteView(p256_parameters)), attribute_of(CKA_LABEL, label),
                          attribute_of(CKA_ID, label)};
    std::array private_key{number_of(CKA_TOKEN, yes),      number_of(CKA_PRIVATE, yes), number_of(CKA_SENSITIVE, yes),
                           number_of(CKA_EXTRACTABLE, no), number_of(CKA_SIGN, yes),    attribute_of(CKA_LABEL, label),
                           attribute_of(CKA_ID, label)};
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
    CK_OBJECT_HANDLE made_public = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE made_private = CK_INVALID_HANDLE;
    check("C_GenerateKeyPair",
          functions_.C_GenerateKeyPair(handle_, &mechanism, public_key.data(), public_key.size(), private_key.data(),
                                       private_key.size(), &made_public, &made_private));
}

Session::KeyFound Session::find_key(const std::string& label) {
    CK_OBJECT_CLASS class_private = CKO_PRIVATE_KEY;
    CK_OBJECT_CLASS class_public = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_EC;
    key_ = CK_INVALID_HANDLE;
    KeyFound found;

    std::array match_private{number_of(CKA_CLASS, class_private), number_of(CKA_KEY_TYPE, type),
                             attribute_of(CKA_LABEL, label)};
    const auto private_keys = find(match_private, 2);
    found.private_keys = static_cast<std::uint32_t>(private_keys.size());
    if (private_keys.size() != 1) return found;

    const Bytes id = attribute(private_keys[0], CKA_ID, key_attribute_bytes_max);
    std::array match_public{number_of(CKA_CLASS, class_public), number_of(CKA_KEY_TYPE, type),
                            attribute_of(CKA_ID, ByteView(id))};
    const auto public_keys = find(match_public, 2);
    found.public_keys = static_cast<std::uint32_t>(public_keys.size());
    if (public_keys.size() != 1) return found;

    found.parameters = attribute(public_keys[0], CKA_EC_PARAMS, key_attribute_bytes_max);
    found.point = attribute(public_keys[0], CKA_EC_POINT, key_attribute_bytes_max);
    key_ = private_keys[0];
    return found;
}

void Session::destroy_key(const std::string& label) {
    CK_KEY_TYPE type = CKK_EC;
    key_ = CK_INVALID_HANDLE;
    for (CK_OBJECT_CLASS of : {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
        std::array match{number_of(CKA_CLASS, of), number_of(CKA_KEY_TYPE, type), attribute_of(CKA_LABEL, label)};
        for (const CK_OBJECT_HANDLE object : find(match, 2)) {
            check("C_DestroyObject", functions_.C_DestroyObject(handle_, object));
        }
    }
}

Bytes Session::sign(ByteView digest) {
    CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
    check("C_SignInit", functions_.C_SignInit(handle_, &mechanism, key_));
    Bytes signature(signature_bytes_max);
    CK_ULONG size = signature.size();
    check("C_Sign",
          functions_.C_Sign(handle_, const_cast<CK_BYTE_PTR>(digest.data()), digest.size(), signature.data(), &size));
    if (size > signature.size()) throw Failure("C_Sign", CKR_OK, "a signature longer than its buffer");
    signature.resize(size);
    return signature;
}

std::vector<std::string> Session::object_labels() {
    return while_others_replace([this] {
        CK_OBJECT_CLASS class_data = CKO_DATA;
        std::array match{number_of(CKA_CLASS, class_data), attribute_of(CKA_APPLICATION, object_application)};
        const auto objects = find(match, objects_of_all_labels_max + 1);
        if (objects.size() > objects_of_all_labels_max) {
            throw Failure("C_FindObjects", CKR_OK, "more than 512 data objects");
        }
        std::set<std::string> labels;
        for (const CK_OBJECT_HANDLE object : objects) {
            const Bytes label = attribute(object, CKA_LABEL, foreign_label_bytes_max);
            if (label.size() <= label_bytes_max) labels.emplace(label.begin(), label.end());
        }
        return std::vector(labels.begin(), labels.end());
    });
}

std::vector<Bytes> Session::read_objects(const std::string& label) {
    return while_others_replace([&] {
        std::vector<Bytes> values;
        for (const CK_OBJECT_HANDLE object : find_data(label)) {
            values.push_back(attribute(object, CKA_VALUE, object_bytes_max));
        }
        return values;
    });
}

void Session::create_object(const std::string& label, ByteView value) {
    CK_BBOOL yes = CK_TRUE;
    CK_OBJECT_CLASS class_data = CKO_DATA;
    std::array object{number_of(CKA_CLASS, class_data), number_of(CKA_TOKEN, yes),
                      number_of(CKA_PRIVATE, yes),      attribute_of(CKA_APPLICATION, object_application),
                      attribute_of(CKA_LABEL, label),   attribute_of(CKA_VALUE, value)};
    CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
    check("C_CreateObject", functions_.C_CreateObject(handle_, object.data(), object.size(), &made));
}

void Session::remove_objects(const std::string& label, ByteView keep) {
    bool kept = keep.empty();
    for (const CK_OBJECT_HANDLE object : find_data(label)) {
        if (!kept) {
            const Bytes value = attribute(object, CKA_VALUE, object_bytes_max);
            kept = std::ranges::equal(value, keep);
            if (kept) continue;
        }
        check("C_DestroyObject", functions_.C_DestroyObject(handle_, object));
    }
}

void Session::remove_object(const std::string& label, ByteView value) {
    for (const CK_OBJECT_HANDLE object : find_data(label)) {
        if (!std::ranges::equal(attribute(object, CKA_VALUE, object_bytes_max), value)) continue;
        check("C_DestroyObject", functions_.C_DestroyObject(handle_, object));
    }
}

Bytes Session::random(std::size_t count) {
    Bytes bytes(count);
    check("C_GenerateRandom", functions_.C_GenerateRandom(handle_, bytes.data(), bytes.size()));
    return bytes;
}

std::vector<CK_OBJECT_HANDLE> Session::find_data(const std::string& label) {
    CK_OBJECT_CLASS class_data = CKO_DATA;
    std::array match{number_of(CKA_CLASS, class_data), attribute_of(CKA_APPLICATION, object_application),
                     attribute_of(CKA_LABEL, label)};
    auto objects = find(match, objects_max + 1);
    if (objects.size() > objects_max) throw Failure("C_FindObjects", CKR_OK, "more than 8 data objects of one label");
    return objects;
}

std::vector<CK_OBJECT_HANDLE> Session::find(std::span<CK_ATTRIBUTE> match, std::size_t most) {
    check("C_FindObjectsInit", functions_.C_FindObjectsInit(handle_, match.data(), match.size()));
    std::vector<CK_OBJECT_HANDLE> objects(most);
    std::size_t filled = 0;
    CK_RV value = CKR_OK;
    while (filled < most) {  // some modules give fewer than asked for, and more when asked again
        CK_ULONG count = 0;
        value = functions_.C_FindObjects(handle_, objects.data() + filled, most - filled, &count);
        if (value != CKR_OK || count == 0 || count > most - filled) break;
        filled += count;
    }
    functions_.C_FindObjectsFinal(handle_);  // the search's own failure is the one to tell
    check("C_FindObjects", value);
    objects.resize(filled);
    return objects;
}

Bytes Session::attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, std::size_t bytes_max) {
    CK_ATTRIBUTE wanted{type, nullptr, 0};
    check("C_GetAttributeValue", functions_.C_GetAttributeValue(handle_, object, &wanted, 1));
    if (wanted.ulValueLen > bytes_max) throw Failure("C_GetAttributeValue", CKR_OK, "an attribute beyond its limit");
    Bytes value(wanted.ulValueLen);
    if (value.empty()) return value;
    wanted.pValue = value.data();
    check("C_GetAttributeValue", functions_.C_GetAttributeValue(handle_, object, &wanted, 1));
    if (wanted.ulValueLen > value.size()) throw Failure("C_GetAttributeValue", CKR_OK, "an attribute that grew");
    value.resize(wanted.ulValueLen);
    return value;
}

}  // namespace hsm::module
