// The status of an HTTP response: a number of three digits. (RFC 9110, section 15)
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace ringback::http {

// Any number from 100 to 999; the common ones have names.
class Status {
 public:
  // 200
  constexpr Status() noexcept = default;
  constexpr explicit Status(std::uint16_t code) noexcept : code_(code) {}

  constexpr std::uint16_t code() const noexcept { return code_; }
  // "OK", "Not Found" ...; "Unknown" for what has no name.
  std::string_view phrase() const noexcept;

  constexpr bool is_informational() const noexcept { return code_ < 200; }
  constexpr bool is_success() const noexcept { return code_ >= 200 && code_ < 300; }
  constexpr bool is_redirect() const noexcept { return code_ >= 300 && code_ < 400; }
  constexpr bool is_client_error() const noexcept { return code_ >= 400 && code_ < 500; }
  constexpr bool is_server_error() const noexcept { return code_ >= 500; }
  // Its responses never have a body: 1xx, 204, 304.
  constexpr bool has_no_body() const noexcept { return code_ < 200 || code_ == 204 || code_ == 304; }

  friend constexpr auto operator<=>(Status, Status) noexcept = default;

  static const Status continue_, switching_protocols;
  static const Status ok, created, accepted, no_content, partial_content;
  static const Status moved_permanently, found, see_other, not_modified, temporary_redirect, permanent_redirect;
  static const Status bad_request, unauthorized, forbidden, not_found, method_not_allowed, not_acceptable,
      request_timeout, conflict, gone, length_required, precondition_failed, content_too_large, uri_too_long,
      unsupported_media_type, range_not_satisfiable, expectation_failed, unprocessable_content, too_many_requests,
      header_too_large;
  static const Status internal_server_error, not_implemented, bad_gateway, service_unavailable, gateway_timeout,
      version_not_supported;

 private:
  std::uint16_t code_ = 200;
};

inline constexpr Status Status::continue_{100}, Status::switching_protocols{101};
inline constexpr Status Status::ok{200}, Status::created{201}, Status::accepted{202}, Status::no_content{204},
    Status::partial_content{206};
inline constexpr Status Status::moved_permanently{301}, Status::found{302}, Status::see_other{303},
    Status::not_modified{304}, Status::temporary_redirect{307}, Status::permanent_redirect{308};
inline constexpr Status Status::bad_request{400}, Status::unauthorized{401}, Status::forbidden{403},
    Status::not_found{404}, Status::method_not_allowed{405}, Status::not_acceptable{406}, Status::request_timeout{408},
    Status::conflict{409}, Status::gone{410}, Status::length_required{411}, Status::precondition_failed{412},
    Status::content_too_large{413}, Status::uri_too_long{414}, Status::unsupported_media_type{415},
    Status::range_not_satisfiable{416}, Status::expectation_failed{417}, Status::unprocessable_content{422},
    Status::too_many_requests{429}, Status::header_too_large{431};
inline constexpr Status Status::internal_server_error{500}, Status::not_implemented{501}, Status::bad_gateway{502},
    Status::service_unavailable{503}, Status::gateway_timeout{504}, Status::version_not_supported{505};

}  // namespace ringback::http
