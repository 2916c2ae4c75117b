#pragma once
// ledger/core/openssl_pointer.hpp: owners for OpenSSL's C objects, and what its error queue has to say.

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "ledger/core/bytes.hpp"

namespace ledger {

/// Stateless deleter from a C function.
template <auto free_function>
struct OpenSslFree {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};
template <class T, auto free_function>
using OpenSslPointer = std::unique_ptr<T, OpenSslFree<free_function>>;

using BioPointer = OpenSslPointer<BIO, BIO_free_all>;
using KeyPointer = OpenSslPointer<EVP_PKEY, EVP_PKEY_free>;
using X509Pointer = OpenSslPointer<X509, X509_free>;
using Asn1ObjectPointer = OpenSslPointer<ASN1_OBJECT, ASN1_OBJECT_free>;

/// A read-only memory BIO over `bytes`, which must outlive it.
inline BioPointer read_only_bio(ByteView bytes) {
    BioPointer bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    ACTLEDGER_ASSERT(bio != nullptr);
    return bio;
}

/// What was written to a memory BIO.
inline ByteView bio_contents(BIO* bio) {
    const char* data = nullptr;
    const long length = BIO_get_mem_data(bio, &data);
    return {reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(length)};
}

/// DER by an i2d function: `encode_der(i2d_X509, certificate)`.
template <class Function, class T>
Bytes encode_der(Function i2d, T* object) {
    const int length = i2d(object, nullptr);
    ACTLEDGER_ASSERT(length > 0);
    Bytes der(static_cast<std::size_t>(length));
    unsigned char* to = der.data();
    ACTLEDGER_ASSERT(i2d(object, &to) == length);
    return der;
}

/// The oldest message of this thread's error queue, which is emptied: for Error.detail.
inline std::string take_openssl_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return {};
    std::string text(160, '\0');
    ERR_error_string_n(code, text.data(), text.size());
    text.resize(text.find('\0'));
    return text;
}

}  // namespace ledger
