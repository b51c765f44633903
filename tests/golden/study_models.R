# Writes study_models.json: what R makes of the CSV files of a simulated registry, read here from their dates alone.
# First: tenfold simulate --patients 160 --kind venprs --seed 3 --out FOLDER
# Run: Rscript study_models.R FOLDER > study_models.json
# glm, survival and cmprsk are used; Firth's likelihood is written out (optim), as in regression.R.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")), na.strings = "", colClasses = "character")
day <- function(text) as.integer(as.Date(text))
MONTH <- 30.4375
first <- function(rows, value) { o <- order(rows$patient_id, value); rows <- rows[o, ]; v <- value[o]
  keep <- !duplicated(rows$patient_id); setNames(v[keep], rows$patient_id[keep]) }

people <- read("patients"); responses <- read("responses"); treatments <- read("treatments")
events <- read("events"); grafts <- read("transplants")
id <- people$patient_id
diagnosed <- day(people$diagnosis_date); died <- day(people$death_date); contact <- day(people$last_contact_date)
os <- data.frame(id, time = (ifelse(is.na(died), contact, died) - diagnosed) / MONTH, event = as.integer(!is.na(died)),
                 sex = people$sex, ontogeny = people$ontogeny)

# Restricted mean to 24 months, by sex, female first.
means <- summary(survfit(Surv(time, event) ~ sex, os), rmean = 24)$table
column <- function(what) unname(means[, grep(what, colnames(means))[1]])
value <- column("^(\\*)?rmean"); error <- column("se\\(rmean")
apart <- value[2] - value[1]; spread <- sqrt(sum(error^2))
restricted <- list(group = c("female", "male"), mean = value, low = value - qnorm(.975) * error, high = value + qnorm(.975) * error,
                   difference = apart, difference_p = 2 * pnorm(-abs(apart / spread)))

# Trend across the origins, and the landmark at six months by transplant.
score <- c(`de novo` = 1, secondary = 2, `therapy-related` = 3)[os$ontogeny]
trend <- unname(summary(coxph(Surv(time, event) ~ score, os, ties = "exact"))$sctest[c("test", "pvalue")])
graft <- first(grafts, day(grafts$transplant_date))[id]
months <- (graft - diagnosed) / MONTH
there <- os$time > 6; by_then <- !is.na(months) & months <= 6
late <- survdiff(Surv(time - 6, event) ~ by_then, data.frame(os, by_then)[there, ])
landmark <- list(n = as.integer(table(by_then[there])), p = late$pvalue)
wait <- ifelse(is.na(months), Inf, months)
before <- data.frame(start = 0, stop = pmin(os$time, wait), event = ifelse(os$time > wait, 0, os$event), tx = 0)
after <- data.frame(start = pmax(wait, 0), stop = os$time, event = os$event, tx = 1)[os$time > wait, ]
both <- rbind(before[before$stop > before$start, ], after)
apart_from <- 0; variance <- 0
for (t in sort(unique(both$stop[both$event == 1]))) { # the hypergeometric test at each death, by hand
  risk <- both$start < t & both$stop >= t; d <- sum(both$event == 1 & both$stop == t); n <- sum(risk); n1 <- sum(risk & both$tx == 1)
  apart_from <- apart_from + sum(both$event == 1 & both$stop == t & both$tx == 1) - d * n1 / n
  if (n > 1) variance <- variance + d * (n - d) / (n - 1) * n1 / n * (1 - n1 / n)
}
moving <- pchisq(apart_from^2 / variance, 1, lower.tail = FALSE)

# Relapse from the first remission on, death competing, censored on the last day alive.
good <- responses[responses$reported_response %in% c("CR", "CRi", "CRh"), ]
remission <- first(good, day(good$response_date))[id]
relapses <- events[events$kind == "relapse" & events$present == "yes", ]
relapse <- sapply(seq_along(id), function(k) { d <- day(relapses$event_date[relapses$patient_id == id[k]])
  d <- d[!is.na(remission[k]) & d > remission[k]]; if (length(d)) min(d) else NA })
end <- ifelse(!is.na(relapse), relapse, ifelse(is.na(died), contact, died))
kind <- ifelse(!is.na(relapse), 1, ifelse(is.na(died), 0, 2))
seen <- !is.na(remission)
cir <- data.frame(time = (end - remission) / MONTH, kind, male = as.numeric(people$sex == "male"),
                  secondary = as.numeric(people$ontogeny == "secondary"), therapy = as.numeric(people$ontogeny == "therapy-related"))[seen, ]
grey <- function(columns) { s <- summary(crr(cir$time, cir$kind, as.matrix(cir[columns]), failcode = 1, cencode = 0))
  list(ratio = unname(s$coef[, 2]), p = unname(s$coef[, 5]), low = unname(s$conf.int[, 3]), high = unname(s$conf.int[, 4])) }
fine_gray <- list(n = nrow(cir), events = sum(cir$kind == 1), competing = sum(cir$kind == 2),
                  together = grey(c("male", "secondary", "therapy")), alone = list(grey("male"), grey(c("secondary", "therapy"))),
                  cause_specific = unname(exp(coef(coxph(Surv(time, kind == 1) ~ male + secondary + therapy, cir)))))

# Best response to the first venetoclax, all treated in the denominator.
ven <- treatments[grepl("venetoclax", treatments$drugs), ]
begun <- first(ven, day(ven$start_date))
best <- sapply(names(begun), function(who) {
  mine <- treatments[treatments$patient_id == who, ]
  line <- mine$line[day(mine$start_date) == begun[who] & grepl("venetoclax", mine$drugs)][1]
  later <- c(day(mine$start_date[mine$line != line]), day(grafts$transplant_date[grafts$patient_id == who]))
  later <- later[later > begun[who]]; until <- if (length(later)) min(later) else Inf
  when <- responses[responses$patient_id == who, ]
  when <- when[day(when$response_date) > begun[who] & day(when$response_date) <= until, ]
  got <- when$reported_response
  if (any(got == "CR")) "CR" else if (any(got %in% c("CRi", "CRh", "CRp"))) "CRi" else if (any(got == "MLFS")) "MLFS" else "none" })
treated <- data.frame(crc = as.integer(best %in% c("CR", "CRi")), mlfs = as.integer(best == "MLFS"))
treated$male <- as.numeric(people$sex[match(names(begun), id)] == "male")
origin <- people$ontogeny[match(names(begun), id)]
treated$secondary <- as.numeric(origin == "secondary"); treated$therapy <- as.numeric(origin == "therapy-related")
logit <- function(columns) { f <- glm(reformulate(columns, "crc"), binomial, treated, control = list(epsilon = 1e-14))
  s <- summary(f)$coefficients[-1, , drop = FALSE]; ends <- exp(confint.default(f))[-1, , drop = FALSE]
  list(ratio = unname(exp(s[, 1])), p = unname(s[, 4]), low = unname(ends[, 1]), high = unname(ends[, 2])) }
response <- list(n = nrow(treated), responders = sum(treated$crc), together = logit(c("male", "secondary", "therapy")),
                 alone = list(logit("male"), logit(c("secondary", "therapy"))), fisher_sex = fisher.test(table(treated$crc, treated$male))$p.value,
                 chi_squared_sex = chisq.test(table(treated$crc, treated$male))$p.value)

firth <- function(y, X) {
  penalised <- function(b) { e <- as.vector(X %*% b); p <- plogis(e)
    sum(y * plogis(e, log.p = TRUE) + (1 - y) * plogis(-e, log.p = TRUE)) +
      0.5 * as.numeric(determinant(crossprod(X * sqrt(p * (1 - p))))$modulus) }
  maximum <- function(fixed = NULL, value = 0) { b <- numeric(ncol(X)); b[fixed] <- value; free <- setdiff(seq_len(ncol(X)), fixed)
    for (i in 1:6) b[free] <- optim(b[free], function(z) { b[free] <- z; -penalised(b) }, method = "BFGS",
                                    control = list(reltol = 1e-16, maxit = 2000))$par
    list(b = b, value = penalised(b)) }
  top <- maximum()
  list(ratio = exp(top$b[-1]), p = sapply(2:ncol(X), function(j) pchisq(2 * (top$value - maximum(j)$value), 1, lower.tail = FALSE)))
}
rare <- firth(treated$mlfs, cbind(1, treated$secondary, treated$therapy))

# The effect of sex on survival within the origins, and the interaction.
within <- sapply(c("de novo", "secondary", "therapy-related"), function(o)
  unname(exp(coef(coxph(Surv(time, event) ~ (sex == "male"), os[os$ontogeny == o, ])))))
plain <- coxph(Surv(time, event) ~ sex + ontogeny, os); crossed <- coxph(Surv(time, event) ~ sex * ontogeny, os)
interaction <- pchisq(2 * (crossed$loglik[2] - plain$loglik[2]), 2, lower.tail = FALSE)

cat(toJSON(list(n = nrow(os), events = sum(os$event), months = sum(os$time), restricted = restricted, trend = trend,
                landmark = landmark, mantel_byar = moving, fine_gray = fine_gray, response = response,
                firth = c(rare, list(responders = sum(treated$mlfs))), subgroups = list(within = unname(within), interaction_p = interaction)),
           digits = 12, auto_unbox = TRUE, pretty = TRUE), "\n")
