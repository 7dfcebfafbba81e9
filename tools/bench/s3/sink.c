// An S3 server that costs next to nothing, so that the client is what is measured: one thread, epoll, answers from memory.
// It checks no signature and keeps nothing: what it is sent is read and dropped, what it serves is a pattern of the offset.
// usage: sink   prints its port (loopback, free) and serves until its standard input ends.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PERIOD = (1 << 20) - 3, PATTERN = 16 * PERIOD, HEAD_MAX = 1 << 16, DOCUMENT_MAX = 1 << 20, PAGE = 1000, EVENTS = 256 };

// Byte at offset o of every object: pattern[o mod PERIOD]; measure/pattern.mjs knows the same formula.
static char *pattern;

struct connection {
  int fd;
  size_t head_length;
  char head[HEAD_MAX + 1];
  // A request body still to come; kept only for a batch delete, whose answer names its keys.
  long long body_left;
  char *kept;
  size_t kept_length, kept_size;
  // The answer: a head or document, then `pattern_left` bytes of an object from `pattern_offset` on.
  char *answer;
  size_t answer_length, answer_sent;
  long long pattern_left, pattern_offset;
  int waits_to_write;
};

static int poller;

static const char *header(const char *head, const char *name) {
  size_t length = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
    line += 2;
    if (!strncasecmp(line, name, length) && line[length] == ':') {
      line += length + 1;
      while (*line == ' ') line++;
      return line;
    }
  }
  return NULL;
}

static void answer(struct connection *c, int status, const char *extra, const char *type, const char *body, size_t length) {
  c->answer = realloc(c->answer, length + 1024);
  int head = sprintf(c->answer,
                     "HTTP/1.1 %d OK\r\nContent-Length: %zu\r\nContent-Type: %s\r\nETag: \"0123456789abcdef0123456789abcdef\"\r\n"
                     "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-amz-request-id: BENCH\r\n%s\r\n",
                     status, length, type, extra);
  if (length) memcpy(c->answer + head, body, length);
  c->answer_length = head + length;
  c->answer_sent = 0;
}

// The size of an object is in its key: .../<name>-<bytes>.
static long long size_of(const char *target) {
  const char *end = target + strcspn(target, " ?");
  const char *digits = end;
  while (digits > target && digits[-1] >= '0' && digits[-1] <= '9') digits--;
  return atoll(digits);
}

static void object(struct connection *c, const char *target, int has_body) {
  long long size = size_of(target), first = 0, last = size - 1;
  const char *range = header(c->head, "range");
  char extra[160] = "Accept-Ranges: bytes\r\n";
  int status = 200;
  if (range && sscanf(range, "bytes=%lld-%lld", &first, &last) >= 1) {
    if (last >= size) last = size - 1;
    status = 206;
    sprintf(extra, "Accept-Ranges: bytes\r\nContent-Range: bytes %lld-%lld/%lld\r\n", first, last, size);
  }
  answer(c, status, extra, "application/octet-stream", "", 0);
  char *length = strstr(c->answer, "Content-Length: 0");
  char text[64];
  int added = sprintf(text, "Content-Length: %lld", last - first + 1) - 17;
  memmove(length + 17 + added, length + 17, c->answer + c->answer_length - (length + 17));
  memcpy(length, text, 17 + added);
  c->answer_length += added;
  c->pattern_left = has_body ? last - first + 1 : 0;
  c->pattern_offset = first;
}

static void list(struct connection *c, const char *target) {
  const char *token = strstr(target, "continuation-token="), *total = strstr(target, "prefix=pages-");
  long page = token ? atol(token + 19) : 0, pages = total ? atol(total + 13) : 1;
  char *body = malloc(DOCUMENT_MAX);
  size_t n = sprintf(body,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                     "<Name>bucket</Name><Prefix>pages-%ld</Prefix><KeyCount>%d</KeyCount><MaxKeys>%d</MaxKeys>"
                     "<EncodingType>url</EncodingType><IsTruncated>%s</IsTruncated>",
                     pages, PAGE, PAGE, page + 1 < pages ? "true" : "false");
  if (page + 1 < pages) n += sprintf(body + n, "<NextContinuationToken>%ld</NextContinuationToken>", page + 1);
  for (int i = 0; i < PAGE; i++)
    n += sprintf(body + n,
                 "<Contents><Key>pages-%ld/year=2026/month=01/part-%08ld.parquet</Key><LastModified>2026-01-01T00:00:00.000Z"
                 "</LastModified><ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>%d</Size>"
                 "<StorageClass>STANDARD</StorageClass></Contents>",
                 pages, page * PAGE + i, 1000 + i);
  n += sprintf(body + n, "</ListBucketResult>");
  answer(c, 200, "", "application/xml", body, n);
  free(body);
}

static void delete_batch(struct connection *c) {
  c->kept[c->kept_length] = 0;
  int quiet = strstr(c->kept, "<Quiet>true</Quiet>") != NULL;
  char *body = malloc(c->kept_length * 3 + 256);
  size_t n = sprintf(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  for (char *key = quiet ? NULL : strstr(c->kept, "<Key>"); key; key = strstr(key, "<Key>")) {
    key += 5;
    char *end = strstr(key, "</Key>");
    if (!end) break;
    n += sprintf(body + n, "<Deleted><Key>%.*s</Key></Deleted>", (int)(end - key), key);
  }
  n += sprintf(body + n, "</DeleteResult>");
  answer(c, 200, "", "application/xml", body, n);
  free(body);
}

static void respond(struct connection *c) {
  const char *target = strchr(c->head, ' ') + 1;
  c->pattern_left = 0;
  if (!strncmp(c->head, "GET ", 4) && strstr(target, "list-type=2")) list(c, target);
  else if (!strncmp(c->head, "GET ", 4)) object(c, target, 1);
  else if (!strncmp(c->head, "HEAD ", 5)) object(c, target, 0);
  else if (!strncmp(c->head, "DELETE ", 7)) answer(c, 204, "", "application/xml", "", 0);
  else if (c->kept_size) delete_batch(c);
  else if (!strncmp(c->head, "POST ", 5)) {
    const char *begun = "<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>upload</UploadId></InitiateMultipartUploadResult>";
    const char *done = "<CompleteMultipartUploadResult><Location>l</Location><Bucket>bucket</Bucket><Key>k</Key><ETag>\"0123456789abcdef0123456789abcdef-1\"</ETag></CompleteMultipartUploadResult>";
    const char *body = strstr(target, "uploadId=") ? done : begun;
    answer(c, 200, "", "application/xml", body, strlen(body));
  } else {
    char extra[256] = "";
    const char *sum = header(c->head, "x-amz-checksum-crc32");
    if (sum) sprintf(extra, "x-amz-checksum-crc32: %.*s\r\n", (int)strcspn(sum, "\r"), sum);
    answer(c, 200, extra, "application/xml", "", 0);
  }
}

// Reads a head out of what has arrived; 1 when a request has begun.
static int begin_request(struct connection *c) {
  c->head[c->head_length] = 0;
  char *end = strstr(c->head, "\r\n\r\n");
  if (!end) return 0;
  end[2] = 0;
  const char *length = header(c->head, "content-length");
  const char *chunked = header(c->head, "transfer-encoding");
  if (chunked && !strncasecmp(chunked, "chunked", 7)) exit(3);
  c->body_left = length ? atoll(length) : 0;
  const char *query = strchr(c->head, '?');
  int batch = !strncmp(c->head, "POST ", 5) && query && !strncmp(query, "?delete", 7);
  c->kept_length = 0;
  c->kept_size = batch ? (size_t)c->body_left : 0;
  if (batch) c->kept = realloc(c->kept, c->kept_size + 1);
  const char *expect = header(c->head, "expect");
  if (expect && send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL) < 0) return -1;
  size_t used = end + 4 - c->head, rest = c->head_length - used;
  size_t of_body = (long long)rest < c->body_left ? rest : (size_t)c->body_left;
  if (batch) memcpy(c->kept, end + 4, of_body), c->kept_length = of_body;
  c->body_left -= of_body;
  return 1;
}

static void watch(struct connection *c, int writes) {
  if (c->waits_to_write == writes) return;
  c->waits_to_write = writes;
  struct epoll_event event = {.events = writes ? EPOLLOUT : EPOLLIN, .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

// Sends what is due; 1 when all is sent, 0 when the socket is full, -1 when it is gone.
static int flush_answer(struct connection *c) {
  while (c->answer_sent < c->answer_length) {
    int more = c->pattern_left > 0 ? MSG_MORE : 0;
    ssize_t n = send(c->fd, c->answer + c->answer_sent, c->answer_length - c->answer_sent, MSG_NOSIGNAL | more);
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    c->answer_sent += n;
  }
  while (c->pattern_left > 0) {
    size_t from = c->pattern_offset % PERIOD, length = PATTERN - from;
    if ((long long)length > c->pattern_left) length = c->pattern_left;
    ssize_t n = send(c->fd, pattern + from, length, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    c->pattern_left -= n;
    c->pattern_offset += n;
  }
  return 1;
}

static int finish_request(struct connection *c) {
  respond(c);
  c->head_length = 0;
  int sent = flush_answer(c);
  if (sent >= 0) watch(c, !sent);
  return sent;
}

static int readable(struct connection *c) {
  static char drop[1 << 18];
  for (;;) {
    int head = c->body_left == 0;
    char *to = head ? c->head + c->head_length : c->kept_size ? c->kept + c->kept_length : drop;
    size_t room = head ? HEAD_MAX - c->head_length : c->kept_size ? c->kept_size - c->kept_length : sizeof drop;
    if (!head && (long long)room > c->body_left) room = c->body_left;
    ssize_t n = recv(c->fd, to, room, 0);
    if (n == 0) return -1;
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    if (head) {
      c->head_length += n;
      int begun = begin_request(c);
      if (begun < 0) return -1;
      if (begun && c->body_left == 0) return finish_request(c);
    } else {
      if (c->kept_size) c->kept_length += n;
      c->body_left -= n;
      if (c->body_left == 0) return finish_request(c);
    }
  }
}

static void drop_connection(struct connection *c) {
  close(c->fd);
  free(c->answer);
  free(c->kept);
  free(c);
}

int main(void) {
  pattern = malloc(PATTERN);
  for (int i = 0; i < PATTERN; i++) pattern[i] = (char)((i % PERIOD) * 31 + ((i % PERIOD) >> 8));
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024)) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener}, events[EVENTS];
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  event.data.ptr = NULL;
  epoll_ctl(poller, EPOLL_CTL_ADD, 0, &event);
  for (;;) {
    int count = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == NULL) return 0;
      if (events[i].data.ptr == &listener) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *c = calloc(1, sizeof *c);
        c->fd = fd;
        event = (struct epoll_event){.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
        continue;
      }
      struct connection *c = events[i].data.ptr;
      int state = c->waits_to_write ? flush_answer(c) : readable(c);
      if (state < 0) drop_connection(c);
      else if (c->waits_to_write && state > 0) watch(c, 0);
    }
  }
}
